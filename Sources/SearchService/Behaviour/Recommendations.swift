// SPDX-License-Identifier: Apache-2.0

import Behaviour
public import JSON
import Promotions
import Ranking
import RankingPluginHost
import SearchIndex

/// Products for a place in the shop where nobody has typed anything.
public struct RecommendationRequest: Sendable {
  /// What the products are chosen by.
  public enum Kind: String, Sendable, CaseIterable {
    /// Looked at in the same visits as the given products.
    case related
    /// Bought together with the given products.
    case boughtTogether = "bought_together"
    /// Much looked at and bought now.
    case trending
    /// What fits the shopper's own history.
    case forYou = "for_you"
    /// Related to the given products, of other categories.
    case crossCategory = "cross_category"
    /// Alike in text and looks, by their vectors.
    case similar
  }

  /// What the products are chosen by.
  public var kind: Kind
  /// The collection.
  public var collection: String
  /// Products to start from.
  public var ids: [String] = []
  /// The shopper, for ``Kind/forYou`` and for ``profile``.
  public var shopper = ""
  /// A ranking profile that orders what is found, such as one of the collaborative filter; none if nil.
  public var profile: String?
  /// A filter that all must satisfy, or "".
  public var filter = ""
  /// Products wanted, 1...100.
  public var limit = 10
  /// What closeness counts against variety, 0...1.
  public var lambda: Double
  /// For ``Kind/similar``: what each source of vectors counts, `_embedding` or a field; empty for all
  /// alike.
  public var sources: [String: Double] = [:]
  /// The field whose values tell kinds of products apart; nil for `category` or `categories`.
  public var categoryField: String?

  /// Creates a request.
  public init(_ kind: Kind, collection: String) {
    (self.kind, self.collection) = (kind, collection)
    // Who asks for what is alike does not ask for variety.
    lambda = kind == .similar ? 1 : 0.7
  }
}

/// One recommended product.
public struct Recommendation: Sendable {
  /// The document.
  public var document: JSON
  /// How close it is, above 0.
  public var score: Double
  /// Why it is shown, for shoppers.
  public var reason: String
  /// What it rests on: `behaviour` of shoppers, `content` alike, `affinity` of the shopper to brands and
  /// categories, what is popular in the `category` or at all, or `any` product.
  public var basis: String
}

extension Engine {
  /// Products recommended, best first: what the collaborative filter or, without one, shared visits and
  /// orders say, then what is alike, what the shopper leans to, and what is popular, so that there is an
  /// answer where the shop has products.
  ///
  /// - Throws: ``IndexError`` with code notFound for an unknown collection; with code invalid if the
  ///   request lacks what its kind needs.
  public func recommend(_ request: RecommendationRequest) throws -> [Recommendation] {
    let collection = try collection(named: request.collection)
    let snapshot = collection.snapshot
    let shelf = try Shelf(request, collection.name, snapshot, hidden: hidden(snapshot))
    var sources = RecommendationSources(
      request: request,
      collection: collection.name,
      snapshot: snapshot,
      behaviour: try events.snapshot(),
      filter: filters.filter(of: collection.name),
      shelf: shelf,
      trending: trending
    )
    try sources.collect(vectors(of: collection.name))
    var entries = try shelf.entries(sources.pool, limit: Self.diversified)
    if let profile = try request.profile.flatMap({
      try ranking.choose($0, collection: collection.name)
    }) {
      let outcome = try run(profile, request, collection.name, snapshot, entries)
      entries = outcome.order.map { index in
        var entry = entries[index]
        entry.score = max(0, outcome.scores[index])
        return entry
      }
    }
    return try Self.varied(entries, request).prefix(max(0, request.limit)).compactMap { entry in
      guard let bytes = try snapshot.document(entry.id) else { return nil }
      return Recommendation(
        document: try JSON(parsing: bytes),
        score: entry.score,
        reason: entry.reason,
        basis: entry.tier.name
      )
    }
  }

  /// Puts variety into each tier; a lower tier's variety does not go before a higher one's fit.
  private static func varied(
    _ entries: [Shelf.Entry],
    _ request: RecommendationRequest
  ) -> [Shelf.Entry] {
    Dictionary(grouping: entries, by: \.tier).sorted { $0.key < $1.key }.flatMap { _, entries in
      Diversity.order(entries.map(\.score), lambda: request.lambda) {
        entries[$0].kind == entries[$1].kind ? 1 : 0
      }.map { entries[$0] }
    }
  }

  /// What the collection's rules of curation hide and filter whatever is searched for.
  private func hidden(_ snapshot: Snapshot) throws -> (ids: Set<String>, filters: [String]) {
    let indexes = curation.indexes(of: details(of: snapshot.schema.name).curationSets)
    guard !indexes.isEmpty else { return ([], []) }
    let context = try SearchContext(query: "*", time: Self.now)
    let plan = RuleIndex.plan(for: context, in: indexes)
    return (Set(plan.hiddenIDs), plan.filters)
  }

  /// Has a profile order products.
  private func run(
    _ profile: PreparedProfile,
    _ request: RecommendationRequest,
    _ collection: String,
    _ snapshot: Snapshot,
    _ entries: [Shelf.Entry]
  ) throws -> RankingOutcome {
    let behaviour = try events.snapshot()
    return profile.run(
      RankingCandidates(keys: entries.map(\.key), scores: entries.map(\.score)),
      context: RankingContext(
        text: "",
        tokens: [],
        collection: collection,
        shopper: behaviour.rankingShopper(request.shopper, "", in: collection),
        unixMilliseconds: Self.now * 1000
      ),
      features: SnapshotFeatures(
        snapshot: snapshot,
        behaviour: BehaviourFeatures(
          snapshot: behaviour,
          collection: collection,
          query: "",
          shopper: request.shopper
        ),
        tastes: TasteFeatures(
          profile: request.shopper.isEmpty ? nil : try behaviour.shopper(request.shopper),
          time: Double(Self.now)
        ),
        recall: nil
      )
    )
  }

  /// Products that variety is sought among.
  private static let diversified = 200
}
