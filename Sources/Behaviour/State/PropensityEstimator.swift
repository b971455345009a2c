// SPDX-License-Identifier: Apache-2.0
//
// How likely each position is looked at, from ordinary traffic. Under the position-based model a
// product shown at position k is clicked with chance t[k] * r, r being how attractive it is for the
// query. Where the same product was shown for the same query at several positions, the difference in
// clicks is the positions' doing (Agarwal et al., "Estimating position bias without intrusive
// interventions", 2019), so only such pairs are used. t and r are those of greatest likelihood, clicks
// being taken for Poisson counts, found by turns:
//
//   r[p] = clicks[p] / sum over k of shown[p][k] * t[k]
//   t[k] = (clicks at k + w * before[k]) / (sum over p of shown[p][k] * r[p] + w)
//
// Neither turn lowers the likelihood. w is the weight, in clicks, of what was taken before there was
// data, which rules where there are few. t[1] is 1.

/// Gathers what was shown and clicked at which position, and estimates ``Propensities``.
struct PropensityEstimator {
  /// The most pairs of query and product that are told apart; others are left out.
  private static let mostPairs = 200_000
  /// The most searches whose results are remembered for their clicks.
  private static let mostSearches = 50_000
  private static let priorWeight: Float = 20
  private static let mostTurns = 100

  private var pairs: [UInt64: Int] = [:]
  private var shown: [SIMD32<Float>] = []
  private var clicks: [SIMD32<Float>] = []
  private var results: [String: (first: Int, products: [UInt32])] = [:]

  init() {}

  /// The place of a pair's counts, or nil if there are too many pairs.
  private mutating func index(_ query: UInt32, _ product: UInt32) -> Int? {
    let pair = UInt64(query) << 32 | UInt64(product)
    if let known = pairs[pair] { return known }
    guard shown.count < Self.mostPairs else { return nil }
    pairs[pair] = shown.count
    shown.append(.zero)
    clicks.append(.zero)
    return shown.count - 1
  }

  /// Takes in the next event of the log.
  mutating func add(_ record: LogRecord) {
    guard record.flags.isDisjoint(with: [.excluded, .expired]), record.query != 0 else { return }
    switch record.kind {
    case .search:
      let first = max(1, Int(record.position))
      for (offset, item) in record.items.enumerated() {
        addShown(record.query, item.product, at: first + offset)
      }
      guard !record.queryID.isEmpty, !record.items.isEmpty else { return }
      if results.count >= Self.mostSearches { results.removeAll(keepingCapacity: true) }
      results[record.queryID] = (first, record.items.map(\.product))
    case .click:
      guard record.flags.contains(.counted), !record.flags.contains(.unseen),
        let product = record.items.first?.product
      else { return }
      var position = Int(record.position)
      if position == 0, let known = results[record.queryID],
        let offset = known.products.firstIndex(of: product)
      {
        position = known.first + offset
      }
      addClick(record.query, product, at: position)
    case .impression, .view, .addToCart, .purchase, .custom: break
    }
  }

  mutating func addShown(_ query: UInt32, _ product: UInt32, at position: Int) {
    guard (1...Propensities.positions).contains(position), let index = index(query, product) else {
      return
    }
    shown[index][position - 1] += 1
  }

  mutating func addClick(_ query: UInt32, _ product: UInt32, at position: Int) {
    guard (1...Propensities.positions).contains(position), let index = index(query, product) else {
      return
    }
    clicks[index][position - 1] += 1
  }

  /// The estimate from everything added.
  func estimate() -> Propensities {
    var before = SIMD32<Float>.zero
    for (position, value) in Propensities().values.enumerated() { before[position] = value }
    let varied = shown.indices.filter { index in
      // A click with no showing tells of a cut log, and cannot be used.
      clicks[index].sum() > 0 && ((0..<32).filter { shown[index][$0] > 0 }.count > 1)
    }
    let clicked = varied.reduce(SIMD32<Float>.zero) { $0 + clicks[$1] }
    var chances = before
    for _ in 0..<Self.mostTurns {
      var expected = SIMD32<Float>.zero
      for index in varied {
        let examined = (shown[index] * chances).sum()
        guard examined > 0 else { continue }
        expected += shown[index] * (clicks[index].sum() / examined)
      }
      let previous = chances
      chances = (clicked + Self.priorWeight * before) / (expected + Self.priorWeight)
      chances /= chances[0]
      let change = chances - previous
      if (change * change).max() < 1e-9 { break }
    }
    var result = Propensities()
    result.values = (0..<Propensities.positions).map { min(1, max(0.01, chances[$0])) }
    return result
  }
}
