// SPDX-License-Identifier: Apache-2.0

import Behaviour
import CollaborativeFiltering
import SearchIndex

extension RecommendationSources {
  /// Brands and categories of a shopper that are looked at.
  private static let mostAffinities = 3

  /// What is popular, by how it fits the shopper where that is known.
  mutating func addPopular(for profile: ShopperProfile?) {
    let history = (profile?.recent ?? []).filter { $0.collection == collection }
      .prefix(Self.longestHistory).map { (name: $0.product, weight: Float(1)) }
    let fits = filter?.recommend(Self.most, history: history) ?? []
    let best = fits.first?.score ?? 1
    let fit = Dictionary(fits.map { ($0.name, $0.score / best) }) { first, _ in first }
    for (id, score) in trending.products(of: collection, behaviour, snapshot) {
      pool.add(id, score * (1 + (fit[id] ?? 0)), .behaviour, "Popular now")
    }
  }

  /// Adds what the shopper leans to, what is popular, and what there is, until there is enough.
  mutating func fillUp(_ profile: ShopperProfile?) throws {
    func isEnough() throws -> Bool {
      try shelf.entries(pool, limit: request.limit).count >= request.limit
    }
    if try isEnough() { return }
    if let profile {
      for category in profile.categories.prefix(Self.mostAffinities) {
        guard let filter = shelf.filter(category: category.name) else { break }
        let reason = "From \(category.name), which you look at"
        addFound(by: shelf.filter(filter), Double(category.share), .affinity, reason)
      }
      for brand in profile.brands.prefix(Self.mostAffinities) {
        let filter = "brand:=`\(brand.name.replacing("`", with: ""))`"
        let reason = "From \(brand.name), which you look at"
        addFound(by: shelf.filter(filter), Double(brand.share), .affinity, reason)
      }
    }
    let popular = trending.products(of: collection, behaviour, snapshot)
    let kinds = Set(shelf.kinds(snapshot.candidates(ids: request.ids).map(\.document)))
    let found = snapshot.candidates(ids: popular.map(\.id))
    let itsKind = Dictionary(
      zip(found.map(\.id), shelf.kinds(found.map(\.document))),
      uniquingKeysWith: { first, _ in first }
    )
    let most = max(popular.first?.score ?? 1, 1e-9)
    for (id, score) in popular {
      let isNear = itsKind[id].map { !$0.isEmpty && kinds.contains($0) } ?? false
      pool.add(id, score / most, isNear ? .category : .popular, "Popular now")
    }
    if try isEnough() { return }
    addFound(by: shelf.filter(), 1, .any, "From the shop")
    // Nothing at all may be in stock.
    if try shelf.available(pool, limit: 1).isEmpty {
      addFound(by: request.filter, 1, .any, "From the shop")
    }
  }

  /// Adds products that satisfy a filter, in the collection's own order.
  private mutating func addFound(
    by filter: String,
    _ weight: Double,
    _ tier: RecommendationTier,
    _ reason: String
  ) {
    var search = SearchRequest()
    (search.filter, search.limit) = (filter, 0)
    guard let recall = try? snapshot.recall(search, window: request.limit + 50) else { return }
    for (place, id) in snapshot.ids(of: recall.candidates).enumerated() {
      pool.add(id, weight / Double(place + 1), tier, reason)
    }
  }
}
