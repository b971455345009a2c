// SPDX-License-Identifier: Apache-2.0

import Promotions
import SearchIndex
import Synchronization

extension Engine {
  /// Finds the rules that a search triggers and puts them to work on its request.
  ///
  /// - Parameters:
  ///   - search: The search's parameters.
  ///   - details: The collection's own sets of rules.
  ///   - snapshot: The collection.
  /// - Returns: The search as the rules have it.
  /// - Throws: ``IndexError`` if the request itself is at fault.
  func promoted(
    _ search: SearchParameters,
    _ details: CollectionDetails,
    _ snapshot: Snapshot
  ) throws -> PromotedSearch? {
    guard search.usesCurations else { return nil }
    let indexes = curation.indexes(of: details.curationSets + search.curationSets)
    guard !indexes.isEmpty else { return nil }
    let request = search.request
    var context = try SearchContext(query: request.query, time: Self.now)
    context.filter = request.filter
    context.tags = search.curationTags
    context.pinnedHits = request.pinned.map { Include(id: $0.id, position: $0.position) }
    context.hiddenHits = request.hiddenIDs
    context.preservesPositions = search.preservesPositions
    context.explainsUnreached = request.explains
    for synonyms in request.synonyms { context.heed(synonyms) }
    let fields = indexes.reduce(into: Set<String>()) { $0.formUnion($1.placeholderFields) }
    context.values = try values.values(of: snapshot.schema.name).values(of: fields, in: snapshot)
    let plan = RuleIndex.plan(for: context, in: indexes)
    var promoted = try PromotedSearch(plan, of: request, in: snapshot)
    promoted.diversityLambda = search.diversityLambda
    return promoted
  }
}

/// The values of fields that placeholders of rules name, by collection.
final class PlaceholderValues: Sendable {
  private let known = Mutex<[String: CollectionValues]>([:])

  func values(of collection: String) -> CollectionValues {
    known.withLock { known in
      let values = known[collection] ?? CollectionValues()
      known[collection] = values
      return values
    }
  }
}
