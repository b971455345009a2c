// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Dispatch
public import JSON
public import Promotions
public import Ranking
import RankingPluginHost
public import SearchIndex

/// What a search found, and as what it was understood.
public struct Answer: Sendable {
  /// The collection's own name, aliases resolved.
  public var collection: String
  /// The parameters.
  public var parameters: SearchParameters
  /// What was found.
  public var result: SearchResult
  /// What events call this search by; nil where no shopper is known.
  public var queryID: String?
  /// What curation rules show with the answer.
  public var metadata: JSON?
  /// What each curation rule did, for the curious.
  public var curationNotes: [RuleNote] = []
  /// What each ranking stage did; nil where no profile ran.
  public var ranking: RankingReport?
  /// By hit, in order, what each stage did to it; empty unless asked for.
  public var stages: [[StageExplanation]] = []
  /// By hit, in order, its place before ranking, from 1; empty unless asked for.
  public var placesBefore: [Int?] = []

  /// Creates an answer that no rule or profile had a part in.
  public init(collection: String, parameters: SearchParameters, result: SearchResult) {
    self.collection = collection
    self.parameters = parameters
    self.result = result
  }
}

extension Engine {
  /// Answers one search of parameters by name, as a query string has them.
  ///
  /// A preset's parameters give way to those of the request; those that the grant embeds win over
  /// both, except that its filter is added to theirs.
  ///
  /// `window`: The hits to return, where they are not what the parameters' page says.
  /// `isTiered`: Whether text matches must be in tiers, whatever the parameters and the collection say.
  /// `client`: Who asks, where the parameters do not tell a shopper, for analytics rules alone.
  ///
  /// - Throws: ``IndexError`` with the parameter and the remedy.
  public func search(
    _ parameters: [String: String],
    _ grant: Grant,
    window: (offset: Int, limit: Int)? = nil,
    isTiered: Bool = false,
    client: String = ""
  ) throws -> Answer {
    let parameters = grant.applied(to: try withPreset(parameters))
    let collection = try collection(named: parameters["collection"] ?? "")
    var search = try SearchParameters(parameters)
    search.request.scope = grant.scope
    if isTiered, search.request.tiers == nil { search.request.tiers = TierOptions() }
    if let window { (search.request.offset, search.request.limit) = window }
    let details = details(of: collection.name)
    try aids.apply(
      to: &search.request,
      synonymSets: search.usesSynonyms ? details.synonymSets + search.synonymSets : [],
      stopWordSets: search.stopWordSets,
      dictionaries: details.stemmingDictionaries
    )
    var (answer, expansion) = try rank(search, details, collection)
    capture(&answer, client: client, filter: search.request.filter, expansion: expansion)
    return answer
  }

  /// Recalls, ranks and promotes a search's hits, and makes its page.
  private func rank(
    _ search: SearchParameters,
    _ details: CollectionDetails,
    _ collection: Collection
  ) throws -> (answer: Answer, expansion: String) {
    let started = DispatchTime.now().uptimeNanoseconds
    let snapshot = collection.snapshot
    var search = search
    let profile = try ranking.choose(search.profile, collection: collection.name)
    if profile != nil, search.request.isByRelevance {
      search.request.tiers = nil
    } else {
      search.request.heedDefaultSortingField(of: snapshot.schema)
    }
    let promoted = try promoted(search, details, snapshot)
    if let promoted { search.request = promoted.request }
    let recall = try snapshot.recall(
      search.request,
      window: max(profile?.profile.window ?? 0, promoted?.window ?? 0)
    )
    var pool =
      try promoted?.pool(of: recall, in: snapshot)
      ?? PromotedSearch.Pool(
        ranked: recall.candidates,
        scores: recall.candidates.map { Double($0.score) }
      )
    var answer = Answer(collection: collection.name, parameters: search, result: SearchResult())
    let recalled = pool.candidates
    var stages: [UInt64: [StageExplanation]] = [:]
    // An order that the shopper chose is not for models to change.
    if let profile, recall.isByScore {
      let outcome = try run(profile, on: recalled, recall, search, collection.name, snapshot)
      for (index, explanation) in outcome.explanations.enumerated() {
        stages[recalled[index].key] = explanation
      }
      pool = PromotedSearch.Pool(
        ranked: outcome.order.map { recalled[$0] },
        scores: outcome.order.map { outcome.scores[$0] }
      )
      answer.ranking = outcome.report
    }
    let order = try promoted?.order(pool, in: snapshot) ?? pool.candidates
    answer.result = try snapshot.result(of: recall, order: order)
    answer.result.microseconds = Int((DispatchTime.now().uptimeNanoseconds - started) / 1000)
    answer.metadata = promoted?.plan.metadata
    if search.request.explains {
      let places = Dictionary(
        recalled.enumerated().map { ($0.element.key, $0.offset + 1) },
        uniquingKeysWith: { first, _ in first }
      )
      let shown = answer.result.hits.map { $0.place.key }
      answer.stages = shown.map { stages[$0] ?? [] }
      answer.placesBefore = shown.map { places[$0] }
      answer.curationNotes = promoted?.plan.explanation ?? []
    }
    let isExpanded = events.captureNeeds(of: collection.name)?.expansions ?? false
    return (answer, isExpanded ? snapshot.expansion(of: recall, by: order.first) : "")
  }

  private func run(
    _ profile: PreparedProfile,
    on candidates: [ScoredDocument],
    _ recall: Recall,
    _ search: SearchParameters,
    _ collection: String,
    _ snapshot: Snapshot
  ) throws -> RankingOutcome {
    let behaviour = try events.snapshot()
    return profile.run(
      RankingCandidates(
        keys: candidates.map(\.key),
        scores: candidates.map { Double($0.score) }
      ),
      context: context(search, recall, collection, behaviour),
      budgetMicroseconds: search.rankingBudget,
      features: SnapshotFeatures(
        snapshot: snapshot,
        behaviour: BehaviourFeatures(
          snapshot: behaviour,
          collection: collection,
          query: search.request.query,
          shopper: search.shopper
        ),
        vectors: vectors(of: collection),
        tastes: TasteFeatures(
          profile: search.shopper.isEmpty ? nil : try? behaviour.shopper(search.shopper),
          time: Double(Self.now)
        ),
        recall: recall
      ),
      explain: search.request.explains,
      attributed: search.request.explains ? search.request.offset + search.request.limit : 0
    )
  }

  private func context(
    _ search: SearchParameters,
    _ recall: Recall,
    _ collection: String,
    _ behaviour: BehaviourSnapshot
  ) -> RankingContext {
    RankingContext(
      text: search.query,
      tokens: recall.words.map { String(decoding: $0, as: UTF8.self) },
      collection: collection,
      shopper: behaviour.rankingShopper(search.shopper, search.session, in: collection),
      unixMilliseconds: Self.now * 1000
    )
  }

  func withPreset(_ parameters: [String: String]) throws -> [String: String] {
    guard let name = parameters["preset"], !name.isEmpty else { return parameters }
    guard let preset = settings.value(.preset, name)?["value"]?.object else {
      throw IndexError(.notFound, "Could not find the preset named `\(name)`.")
    }
    var merged = parameters
    for member in preset where parameters[member.key]?.isEmpty ?? true {
      merged[member.key] = Self.text(member.value)
    }
    return merged
  }

  /// A parameter's value as a query string would have it.
  public static func text(_ value: JSON) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    case .array(let elements): elements.map(text).joined(separator: ",")
    default: String(decoding: value.serialized(), as: UTF8.self)
    }
  }
}
