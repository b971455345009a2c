// SPDX-License-Identifier: Apache-2.0

import Behaviour
public import JSON
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
  /// The shopper, for ``Kind/forYou``.
  public var shopper = ""
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
      (id: entry.id, score: scored[entry.id]?.score ?? 0, kind: kinds?[index] ?? "")
    }
    if request.kind == .crossCategory {
      let own = snapshot.candidates(ids: request.ids).map(\.document)
      let ownKinds = Set(snapshot.strings(request.categoryField, of: own) ?? [])
      entries.removeAll { ownKinds.contains($0.kind) }
    }
    entries.sort { ($0.score, $1.id) > ($1.score, $0.id) }
    entries = Array(entries.prefix(Self.diversified))
    let order = Self.spread(entries.map { ($0.score, $0.kind) }, request)
    return try order.compactMap { index in
      let entry = entries[index]
      guard let bytes = try snapshot.document(entry.id) else { return nil }
      return Recommendation(
        document: try JSON(parsing: bytes),
        score: entry.score,
        reason: scored[entry.id]?.reason ?? ""
      )
    }
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

  /// Maximal marginal relevance, products of one kind being alike.
  private static func spread(
    _ entries: [(score: Double, kind: String)],
    _ request: RecommendationRequest
  ) -> [Int] {
    let best = entries.first?.score ?? 1
    var left = Array(entries.indices)
    var taken: [String: Int] = [:]
    var order: [Int] = []
    while order.count < request.limit, !left.isEmpty {
      var (choice, value) = (0, -Double.infinity)
      for (place, index) in left.enumerated() {
        let alike = taken[entries[index].kind, default: 0] > 0 ? 1.0 : 0
        let gain =
          request.lambda * entries[index].score / max(best, 1e-12)
          - (1 - request.lambda) * alike
        if gain > value { (choice, value) = (place, gain) }
      }
      let index = left.remove(at: choice)
      taken[entries[index].kind, default: 0] += 1
      order.append(index)
    }
    return order
  }
}
