// SPDX-License-Identifier: Apache-2.0

import SearchIndex

/// How a product came to be recommended, the best evidence first.
enum RecommendationTier: Int, Comparable {
  /// What shoppers did, with these products or in this shopper's place.
  case behaviour
  /// What the products are.
  case content
  /// Brands and categories that the shopper leans to.
  case affinity
  /// What is popular in the products' categories.
  case category
  /// What is popular.
  case popular
  /// What the shop has.
  case any

  /// The name in answers.
  var name: String { "\(self)" }

  static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Products found so far, each in the best of its tiers.
struct RecommendationPool {
  struct Item {
    var tier: RecommendationTier
    var score: Double
    var reason: String
  }

  private(set) var items: [String: Item] = [:]

  /// Adds a product; what several of one tier say of it adds up.
  mutating func add(_ id: String, _ score: Double, _ tier: RecommendationTier, _ reason: String) {
    guard let known = items[id], known.tier <= tier else {
      items[id] = Item(tier: tier, score: score, reason: reason)
      return
    }
    if known.tier == tier { items[id]?.score += score }
  }

  mutating func remove(_ id: String) { items[id] = nil }
}

/// What may be shown in the place that recommendations are for.
struct Shelf {
  /// A product that may be recommended.
  struct Entry {
    var id: String
    var key: UInt64
    var tier: RecommendationTier
    var score: Double
    var reason: String
    var kind: String
  }

  private let snapshot: Snapshot
  private let hidden: Set<String>
  /// What all must satisfy: the request's filter and those of rules.
  private let filters: [String]
  /// What is asked of stock, while there is enough that satisfies it; "" for nothing.
  private let stock: String
  private let excluded: Set<String>
  private let categoryField: String?
  /// The kinds that `cross_category` leaves out.
  private let ownKinds: Set<String>

  /// - Throws: ``IndexError`` with code invalid if the request's filter cannot be parsed.
  init(
    _ request: RecommendationRequest,
    _ collection: String,
    _ snapshot: Snapshot,
    hidden: (ids: Set<String>, filters: [String])
  ) throws {
    self.snapshot = snapshot
    self.hidden = hidden.ids
    // A rule at fault costs its filter only.
    let rules = hidden.filters.filter { (try? snapshot.satisfying($0, of: [])) != nil }
    if !request.filter.isEmpty { _ = try snapshot.satisfying(request.filter, of: []) }
    filters = rules + (request.filter.isEmpty ? [] : [request.filter])
    let available = "in_stock:true"
    stock = (try? snapshot.satisfying(available, of: [])) == nil ? "" : available
    excluded = Set(request.ids)
    categoryField = ([request.categoryField].compactMap { $0 } + ["category", "categories"])
      .first { snapshot.strings($0, of: []) != nil }
    let own = snapshot.candidates(ids: request.ids).map(\.document)
    let kinds = categoryField.flatMap { snapshot.strings($0, of: own) } ?? []
    ownKinds = request.kind == .crossCategory ? Set(kinds).subtracting([""]) : []
  }

  /// The category of each document; "" where there is none.
  func kinds(_ documents: [ScoredDocument]) -> [String] {
    categoryField.flatMap { snapshot.strings($0, of: documents) } ?? documents.map { _ in "" }
  }

  /// The filter that finds products for the shelf, with one of its own.
  func filter(_ own: String = "") -> String {
    (filters + [stock, own]).filter { !$0.isEmpty }.map { "(\($0))" }.joined(separator: " && ")
  }

  /// A filter for a category; nil where the collection has no field of them.
  func filter(category: String) -> String? {
    categoryField.map { "\($0):=`\(category.replacing("`", with: ""))`" }
  }

  /// Those of a pool that may be shown, best first; if none is in stock, those that are not.
  func entries(_ pool: RecommendationPool, limit: Int) throws -> [Entry] {
    let available = try available(pool, limit: limit)
    if !available.isEmpty || stock.isEmpty { return available }
    return try entries(pool, limit: limit, filters: filters)
  }

  /// Those of a pool that may be shown and are in stock, best first.
  func available(_ pool: RecommendationPool, limit: Int) throws -> [Entry] {
    try entries(pool, limit: limit, filters: filters + [stock])
  }

  private func entries(
    _ pool: RecommendationPool,
    limit: Int,
    filters: [String]
  ) throws -> [Entry] {
    var found = snapshot.candidates(
      ids: pool.items.keys.filter { !hidden.contains($0) && !excluded.contains($0) }
    )
    for filter in filters where !filter.isEmpty {
      let isIn = try snapshot.satisfying(filter, of: found.map(\.document))
      found = zip(found, isIn).filter(\.1).map(\.0)
    }
    let kinds = kinds(found.map(\.document))
    var entries: [Entry] = []
    for (index, candidate) in found.enumerated() where !ownKinds.contains(kinds[index]) {
      guard let item = pool.items[candidate.id] else { continue }
      entries.append(
        Entry(
          id: candidate.id,
          key: candidate.document.key,
          tier: item.tier,
          score: item.score,
          reason: item.reason,
          kind: kinds[index]
        )
      )
    }
    entries.sort { ($0.tier.rawValue, -$0.score, $0.id) < ($1.tier.rawValue, -$1.score, $1.id) }
    return Array(entries.prefix(limit))
  }
}
