// SPDX-License-Identifier: Apache-2.0
//
// Where recommended products come from, and what is done where little is known:
//
//   a product that nobody has touched   its relatives by title, and what goes with those
//   a new product among candidates      what its brand and category get (ContentBackoff), by likeness
//   a shopper without history           the session, then brands and categories, then the popular
//   nothing that fits                   the popular of the category, of the shop, any product

import Behaviour
import CollaborativeFiltering
import Foundation
import JSON
import SearchIndex

struct RecommendationSources {
  let request: RecommendationRequest
  let collection: String
  let snapshot: Snapshot
  let behaviour: BehaviourSnapshot
  /// The trained filter; nil where there is none.
  let filter: LiveFilter?
  let shelf: Shelf
  let trending: Trending
  var pool = RecommendationPool()

  /// Products that a source gives at most, and relatives by title of one product.
  static let most = 300
  private static let mostAlike = 30
  /// Items of the history that are looked at.
  static let longestHistory = 50

  init(
    request: RecommendationRequest,
    collection: String,
    snapshot: Snapshot,
    behaviour: BehaviourSnapshot,
    filter: LiveFilter?,
    shelf: Shelf,
    trending: Trending
  ) {
    (self.request, self.collection, self.snapshot) = (request, collection, snapshot)
    (self.behaviour, self.filter, self.shelf) = (behaviour, filter, shelf)
    self.trending = trending
  }

  /// Collects what the request's kind is about, and what stands in for it.
  ///
  /// - Throws: ``IndexError`` with code invalid if the request lacks what its kind needs.
  mutating func collect(_ vectors: VectorColumns) throws {
    let profile = request.shopper.isEmpty ? nil : try behaviour.shopper(request.shopper)
    switch request.kind {
    case .forYou:
      guard !request.shopper.isEmpty else {
        throw IndexError(.invalid, "Give `user_id`, the shopper.")
      }
      try addHistory(of: profile)
    case .trending: addPopular(for: profile)
    case .related, .boughtTogether, .crossCategory, .similar:
      guard !request.ids.isEmpty else {
        throw IndexError(.invalid, "Give `id`, the products to start from, comma-separated.")
      }
      if request.kind == .similar {
        let title = title(of: request.ids[0])
        for (id, score) in try SimilarProducts(vectors, snapshot, request).nearest() {
          pool.add(id, score, .behaviour, "Similar to \(title)")
        }
        addAlike(request.ids[0])
      } else {
        try addRelated()
      }
    }
    try fillUp(profile)
  }

  // MARK: - What shoppers did

  /// What goes with the products that the request names.
  private mutating func addRelated() throws {
    let phrase =
      switch request.kind {
      case .boughtTogether: "Bought together with"
      case .crossCategory: "Goes with"
      default: "Viewed together with"
      }
    var hasBought = false
    if request.kind != .related {
      for id in request.ids {
        let near = try neighbours(of: id, .bought)
        hasBought = hasBought || !near.isEmpty
        for product in near {
          pool.add(
            product.product,
            2 * Double(product.score),
            .behaviour,
            "\(phrase) \(title(of: id))"
          )
        }
      }
    }
    // Orders say more of what is bought together than the filter, which has seen all that is done.
    let tier: RecommendationTier =
      request.kind == .boughtTogether && hasBought ? .content : .behaviour
    let isKnown = addFiltered(request.ids.map { ($0, 1) }, tier) { "\(phrase) \($0)" }
    if request.kind != .boughtTogether || !hasBought {
      for id in request.ids {
        for product in try neighbours(of: id, .visited) {
          let reason = "\(phrase) \(title(of: id))"
          pool.add(product.product, Double(product.score), isKnown ? .content : .behaviour, reason)
        }
      }
    }
    for id in request.ids {
      let alike = addAlike(id)
      // Who is new has the company of relatives.
      if pool.items.values.allSatisfy({ $0.tier != .behaviour }), !alike.isEmpty {
        let weights = alike.prefix(10).map { ($0.id, Float($0.likeness)) }
        let reason = "Goes with products like \(title(of: id))"
        addFiltered(weights, .content) { _ in reason }
      }
    }
  }

  /// What goes with the products that a shopper was busy with, those themselves left out.
  private mutating func addHistory(of profile: ShopperProfile?) throws {
    guard let profile else { return }
    var seen: Set<String> = []
    let recent = profile.recent.filter { $0.collection == collection }.map(\.product)
    let items = ((profile.session?.products ?? []) + recent).filter { seen.insert($0).inserted }
      .prefix(Self.longestHistory)
    let weighted = items.enumerated().map { ($1, 1 / Float($0 + 1).squareRoot()) }
    let isKnown = addFiltered(weighted, .behaviour) { "Because you viewed \($0)" }
    for (item, weight) in weighted.prefix(20) {
      let reason = "Because you viewed \(title(of: item))"
      let near = try neighbours(of: item, .visited) + neighbours(of: item, .bought)
      for product in near {
        let score = Double(weight * product.score)
        pool.add(product.product, score, isKnown ? .content : .behaviour, reason)
      }
    }
    for item in items.prefix(5) { addAlike(item) }
    for item in items { pool.remove(item) }
  }

  /// Adds what the filter finds for a history, the best with a score of 1; returns whether it finds
  /// anything.
  @discardableResult
  private mutating func addFiltered(
    _ history: [(String, Float)],
    _ tier: RecommendationTier,
    reason: (String) -> String
  ) -> Bool {
    guard let filter else { return false }
    let found = filter.recommend(Self.most, history: history.map { (name: $0.0, weight: $0.1) })
    guard let best = found.first?.score else { return false }
    var reasons: [Int: String] = [:]
    for one in found {
      let text = reasons[one.because] ?? reason(title(of: history[one.because].0))
      reasons[one.because] = text
      pool.add(one.name, one.score / best, tier, text)
    }
    return true
  }

  private func neighbours(of id: String, _ relation: Relation) throws -> [RelatedProduct] {
    try behaviour.related(to: id, collection: collection, by: relation, limit: 100)
  }

  // MARK: - What products are

  /// Adds products with the words of a product's title; those that nobody has touched yet get what
  /// their brand and category get, by how like they are.
  @discardableResult
  private mutating func addAlike(_ id: String) -> [(id: String, likeness: Double)] {
    let title = title(of: id)
    var search = SearchRequest()
    (search.query, search.limit, search.typoThreshold) = (title, 0, 0)
    search.dropThreshold = Self.mostAlike
    search.filter = shelf.filter()
    guard let recall = try? snapshot.recall(search, window: Self.mostAlike) else { return [] }
    let best = Double(recall.candidates.first?.score ?? 1)
    let ids = snapshot.ids(of: recall.candidates)
    let alike = zip(ids, recall.candidates).map {
      (id: $0, likeness: min(1, Double($1.score) / max(best, 1e-9)))
    }.filter { $0.id != id }
    let backoff = backoff()
    let kinds = kinds(of: alike.map(\.id))
    for (other, likeness) in alike {
      pool.add(other, likeness, .content, "Similar to \(title)")
      guard pool.items[other]?.tier != .behaviour, isNew(other), let kinds = kinds[other] else {
        continue
      }
      let score = likeness * backoff.estimate(kinds: kinds)
      if score > 0 { pool.add(other, score, .behaviour, "New, and similar to \(title)") }
    }
    return alike
  }

  /// What the products found by behaviour score by brand and category.
  private func backoff() -> ContentBackoff {
    var backoff = ContentBackoff()
    let known = pool.items.filter { $0.value.tier == .behaviour }
    for (id, kinds) in kinds(of: Array(known.keys)) {
      backoff.add(score: known[id]?.score ?? 0, kinds: kinds)
    }
    return backoff
  }

  private func kinds(of ids: [String]) -> [String: [String]] {
    let found = snapshot.candidates(ids: ids)
    let documents = found.map(\.document)
    let categories = shelf.kinds(documents)
    let brands = snapshot.strings("brand", of: documents) ?? documents.map { _ in "" }
    return Dictionary(
      found.enumerated().map { index, candidate in
        (candidate.id, ["category:" + categories[index], "brand:" + brands[index]])
      },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// Whether nobody is known to have touched a product.
  private func isNew(_ id: String) -> Bool {
    guard filter?.knows(id) != true else { return false }
    let counters = try? behaviour.counters(product: id, collection: collection)
    return (counters?.views ?? 0) + (counters?.popularity ?? 0) < 1
  }

  private func title(of id: String) -> String {
    guard let bytes = try? snapshot.document(id), let document = try? JSON(parsing: bytes) else {
      return id
    }
    return document["title"]?.string ?? document["name"]?.string ?? id
  }
}
