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
  /// The field whose values tell kinds of products apart.
  public var categoryField = "category"

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
}

extension Engine {
  /// Products recommended, best first.
  ///
  /// - Throws: ``IndexError`` with code notFound for an unknown collection; with code invalid if the
  ///   request lacks what its kind needs.
  public func recommend(_ request: RecommendationRequest) throws -> [Recommendation] {
    let collection = try collection(named: request.collection)
    let snapshot = collection.snapshot
    var scored = try scores(request, collection.name, snapshot)
    for id in request.ids { scored[id] = nil }
    var found = snapshot.candidates(ids: scored.keys)
    if !request.filter.isEmpty {
      let isIn = try snapshot.satisfying(request.filter, of: found.map(\.document))
      found = zip(found, isIn).filter(\.1).map(\.0)
    }
    let kinds = snapshot.strings(request.categoryField, of: found.map(\.document))
    var entries = found.enumerated().map { index, entry in
      Entry(
        id: entry.id,
        key: entry.document.key,
        score: scored[entry.id]?.score ?? 0,
        kind: kinds?[index] ?? ""
      )
    }
    if request.kind == .crossCategory {
      let own = snapshot.candidates(ids: request.ids).map(\.document)
      let ownKinds = Set(snapshot.strings(request.categoryField, of: own) ?? [])
      entries.removeAll { ownKinds.contains($0.kind) }
    }
    entries.sort { ($0.score, $1.id) > ($1.score, $0.id) }
    entries = Array(entries.prefix(Self.diversified))
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
    let order = Diversity.order(entries.map(\.score), lambda: request.lambda) {
      entries[$0].kind == entries[$1].kind ? 1 : 0
    }
    return try order.prefix(max(0, request.limit)).compactMap { index in
      let entry = entries[index]
      guard let bytes = try snapshot.document(entry.id) else { return nil }
      return Recommendation(
        document: try JSON(parsing: bytes),
        score: entry.score,
        reason: scored[entry.id]?.reason ?? ""
      )
    }
  }

  /// A product that may be recommended.
  private struct Entry {
    var id: String
    var key: UInt64
    var score: Double
    var kind: String
  }

  /// Has a profile order products.
  private func run(
    _ profile: PreparedProfile,
    _ request: RecommendationRequest,
    _ collection: String,
    _ snapshot: Snapshot,
    _ entries: [Entry]
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

  private func scores(
    _ request: RecommendationRequest,
    _ collection: String,
    _ snapshot: Snapshot
  ) throws -> [String: (score: Double, reason: String)] {
    let behaviour = try events.snapshot()
    var scored: [String: (score: Double, reason: String)] = [:]
    func add(_ id: String, _ score: Double, _ reason: String) {
      let before = scored[id]
      scored[id] = ((before?.score ?? 0) + score, before?.reason ?? reason)
    }
    func addNeighbours(of id: String, _ relation: Relation, weight: Double, _ reason: String) throws
    {
      let near = try behaviour.related(to: id, collection: collection, by: relation, limit: 100)
      for product in near { add(product.product, weight * Double(product.score), reason) }
    }
    switch request.kind {
    case .similar:
      guard !request.ids.isEmpty else {
        throw IndexError(.invalid, "Give `id`, the products to start from, comma-separated.")
      }
      let title = Self.title(of: request.ids[0], snapshot)
      let search = try SimilarProducts(vectors(of: collection), snapshot, request)
      for (id, score) in try search.nearest() { add(id, score, "Similar to \(title)") }
      addAlike(title, snapshot, limit: request.limit, to: &scored)
    case .related, .boughtTogether, .crossCategory:
      guard !request.ids.isEmpty else {
        throw IndexError(.invalid, "Give `id`, the products to start from, comma-separated.")
      }
      for id in request.ids {
        let title = Self.title(of: id, snapshot)
        defer { addAlike(title, snapshot, limit: request.limit, to: &scored) }
        switch request.kind {
        case .boughtTogether:
          try addNeighbours(of: id, .bought, weight: 1, "Bought together with \(title)")
        case .crossCategory:
          try addNeighbours(of: id, .visited, weight: 1, "Goes with \(title)")
          try addNeighbours(of: id, .bought, weight: 2, "Goes with \(title)")
        default: try addNeighbours(of: id, .visited, weight: 1, "Viewed together with \(title)")
        }
      }
    case .trending:
      for (id, score) in trending.products(of: collection, behaviour, snapshot) {
        add(id, score, "Popular now")
      }
    case .forYou:
      guard !request.shopper.isEmpty else {
        throw IndexError(.invalid, "Give `user_id`, the shopper.")
      }
      let recent = try behaviour.shopper(request.shopper)?.recent ?? []
      let own = recent.filter { $0.collection == collection }
      for (place, item) in own.prefix(20).enumerated() {
        let weight = 1 / Double(place + 1)
        let reason = "Because you viewed \(Self.title(of: item.product, snapshot))"
        try addNeighbours(of: item.product, .visited, weight: weight, reason)
        try addNeighbours(of: item.product, .bought, weight: weight, reason)
      }
      for item in own where item.kinds.contains(.purchase) { scored[item.product] = nil }
      // Who is new sees what others like.
      if scored.count < request.limit {
        let popular = trending.products(of: collection, behaviour, snapshot)
        let most = popular.first?.score ?? 1
        for (id, score) in popular where scored[id] == nil {
          add(id, 0.001 * score / max(most, 1e-9), "Popular now")
        }
      }
    }
    return scored
  }

  /// Adds products with the words of a title behind all others: who has no neighbours yet has at
  /// least relatives by name.
  private func addAlike(
    _ title: String,
    _ snapshot: Snapshot,
    limit: Int,
    to scored: inout [String: (score: Double, reason: String)]
  ) {
    guard scored.count <= limit else { return }
    var request = SearchRequest()
    (request.query, request.limit, request.typoThreshold) = (title, 0, 0)
    request.dropThreshold = limit + 1
    guard let recall = try? snapshot.recall(request, window: 3 * limit) else { return }
    let best = Double(recall.candidates.first?.score ?? 1)
    for (id, candidate) in zip(snapshot.ids(of: recall.candidates), recall.candidates)
    where scored[id] == nil {
      scored[id] = (0.001 * Double(candidate.score) / max(best, 1e-9), "Similar to \(title)")
    }
  }

  private static func title(of id: String, _ snapshot: Snapshot) -> String {
    guard let bytes = try? snapshot.document(id), let document = try? JSON(parsing: bytes) else {
      return id
    }
    return document["title"]?.string ?? document["name"]?.string ?? id
  }
}
