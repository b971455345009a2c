// SPDX-License-Identifier: Apache-2.0

import Foundation
import Promotions
import SearchIndex
import Synchronization

/// What curation rules ask of one search, once the documents that they name have been looked up.
struct Curation {
  var plan = PromotionPlan()
  var layout = PinLayout([], shown: [], preservesPositions: true)
}

extension Engine {
  /// Finds the rules that a search triggers and changes its request as they say: query, filter,
  /// order, pins and hidden hits. Boosts, caps and diversity are for ``promote(_:_:_:by:)``.
  func curate(
    _ search: inout SearchParameters,
    _ details: CollectionDetails,
    _ snapshot: Snapshot
  ) throws -> Curation {
    guard search.usesCurations else { return Curation() }
    let indexes = curation.indexes(of: details.curationSets + search.curationSets)
    guard !indexes.isEmpty else { return Curation() }
    let request = search.request
    let plan = try AnalyzerPool.withAnalyzer { analyzer in
      var context = SearchContext(query: request.query, time: Self.now, analyzer: analyzer)
      context.filter = request.filter
      context.tags = search.curationTags
      context.pinnedHits = request.pinned.map { Include(id: $0.id, position: $0.position) }
      context.hiddenHits = request.hiddenIDs
      context.values = vocabularies.vocabulary(of: snapshot)
      context.preservesPositions = search.preservesPositions
      return RuleIndex.plan(for: context, in: indexes)
    }
    if let query = plan.query { search.request.query = query }
    search.request.filter = plan.combinedFilter(with: request.filter)
    if let sort = plan.sort { search.request.sort = sort }
    search.request.hiddenIDs = plan.hiddenIDs
    let layout = PinLayout(
      plan.pins,
      shown: try shown(plan.pins, search.request, snapshot),
      preservesPositions: plan.preservesPositions
    )
    search.request.pinned = layout.placements
    search.request.filtersPinned = false
    return Curation(plan: plan, layout: layout)
  }

  /// The ids of pins that exist and satisfy what they must.
  private func shown(
    _ pins: [Pin],
    _ request: SearchRequest,
    _ snapshot: Snapshot
  ) throws -> Set<String> {
    var shown: Set<String> = []
    for (pin, found) in pins.compactMap({ pin in
      snapshot.candidates(ids: [pin.id]).first.map { (pin, $0.document) }
    }) {
      var filters = pin.requirement.map { [$0] } ?? []
      if pin.isFiltered || request.filtersPinned, !request.filter.isEmpty {
        filters.append(request.filter)
      }
      let isShown = try filters.allSatisfy { try snapshot.satisfying($0, of: [found])[0] }
      if isShown { shown.insert(pin.id) }
    }
    return shown
  }

  /// The candidates in the order that boosts, diversity and caps give them.
  ///
  /// `scores`: The candidates' scores, best first.
  func promote(
    _ candidates: [ScoredDocument],
    _ scores: [Double],
    _ snapshot: Snapshot,
    by curation: Curation,
    lambda: Double
  ) throws -> [ScoredDocument] {
    let plan = curation.plan
    guard !plan.boosts.isEmpty || !plan.caps.isEmpty || plan.diversity != nil else {
      return candidates
    }
    let boosted = try plan.boosts.map { try snapshot.satisfying($0.filter, of: candidates) }
    // Factors are for scores of 0 or more; a model's may be anything.
    let least = min(0, scores.min() ?? 0)
    let result = plan.boosted(scores.map { $0 - least }) { boosted[$0][$1] }
    var order = result.order
    if let metrics = plan.diversity {
      let spread = try similarity(metrics, order.map { candidates[$0] }, snapshot)
      order = Diversity.order(order.map { result.scores[$0] }, lambda: lambda, similarity: spread)
        .map { order[$0] }
    }
    let capped = try plan.caps.map { cap in
      try cap.filter.map { try snapshot.satisfying($0, of: candidates) }
    }
    let places = order
    let chosen = plan.capped(
      places.count,
      layout: curation.layout,
      counts: { cap, hit in
        capped[cap]?[places[hit]] ?? plan.isPromoted { boosted[$0][places[hit]] }
      },
      countsPin: { cap, id in
        guard let filter = plan.caps[cap].filter else { return true }
        guard let pin = snapshot.candidates(ids: [id]).first else { return false }
        return (try? snapshot.satisfying(filter, of: [pin.document])[0]) ?? false
      }
    )
    return chosen.map { candidates[places[$0]] }
  }

  private func similarity(
    _ metrics: [SimilarityMetric],
    _ candidates: [ScoredDocument],
    _ snapshot: Snapshot
  ) throws -> (Int, Int) -> Double {
    let first = Array(candidates.prefix(Diversity.window))
    var values: [String: [Set<String>]] = [:]
    for metric in metrics {
      let strings = snapshot.allStrings(metric.field, of: first)?.map { Set($0) }
      let numbers = snapshot.numbers(metric.field, of: first)?.map { Set([String($0)]) }
      values[metric.field] = strings ?? numbers
    }
    return { a, b in
      Diversity.similarity(metrics) { metric in
        guard let sets = values[metric.field] else { return 0 }
        return metric.method == .jaccard
          ? Diversity.jaccard(sets[a], sets[b]) : Diversity.equality(sets[a], sets[b])
      }
    }
  }
}

/// The values of fields that placeholders of rules name, read from a collection when first asked.
final class Vocabularies: Sendable {
  private let known = Mutex<[String: SnapshotVocabulary]>([:])

  /// The vocabulary of a snapshot; the one before is forgotten.
  func vocabulary(of snapshot: Snapshot) -> SnapshotVocabulary {
    known.withLock { known in
      if let vocabulary = known[snapshot.schema.name], vocabulary.snapshot === snapshot {
        return vocabulary
      }
      let vocabulary = SnapshotVocabulary(snapshot)
      known[snapshot.schema.name] = vocabulary
      return vocabulary
    }
  }
}

/// Field values of one snapshot.
final class SnapshotVocabulary: FieldValues {
  let snapshot: Snapshot
  private let fields = Mutex<[String: FieldVocabulary]>([:])

  init(_ snapshot: Snapshot) { self.snapshot = snapshot }

  func runs(
    of field: String,
    in terms: [String],
    at position: Int
  ) -> [(length: Int, value: String)] {
    let vocabulary = fields.withLock { fields -> FieldVocabulary? in
      if let known = fields[field] { return known }
      let values = snapshot.distinctStrings(field).map { [field: $0.sorted()] } ?? [:]
      let made = try? AnalyzerPool.withAnalyzer { FieldVocabulary(values, analyzer: $0) }
      fields[field] = made
      return made
    }
    return vocabulary?.runs(of: field, in: terms, at: position) ?? []
  }
}
