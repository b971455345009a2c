// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Dispatch
import SearchIndex
import Synchronization

/// The products that are looked at and bought most, by collection, worked out at most once a second.
final class Trending: Sendable {
  private static let lifetime: UInt64 = 1_000_000_000
  private static let limit = 500

  private struct Entry {
    var products: [(id: String, score: Double)]
    var until: UInt64
  }
  private let known = Mutex<[String: Entry]>([:])

  /// Products by ``Counters/popularity`` and a little by views, most first; only those with any.
  func products(
    of collection: String,
    _ behaviour: BehaviourSnapshot,
    _ snapshot: Snapshot
  ) -> [(id: String, score: Double)] {
    let now = DispatchTime.now().uptimeNanoseconds
    if let entry = known.withLock({ $0[collection] }), entry.until > now { return entry.products }
    var products: [(id: String, score: Double)] = []
    try? behaviour.forEachProduct(of: collection) { id, counters in
      let score = Double(counters.popularity + 0.1 * counters.views)
      if score > 0 { products.append((id, score)) }
    }
    products.sort { ($0.score, $1.id) > ($1.score, $0.id) }
    products = Array(products.prefix(Self.limit))
    let fresh = Entry(products: products, until: now + Self.lifetime)
    known.withLock { $0[collection] = fresh }
    return products
  }
}
