// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Behaviour

struct PropensityTests {
  /// Traffic in which position k is looked at with chance 1 / k^power.
  private func estimate(
    power: Float,
    searches: Int,
    seed: UInt64,
    moves: Bool = true
  ) -> Propensities {
    var random = SeededRandom(seed: seed)
    var estimator = PropensityEstimator()
    let appeal = (0..<40 * 20).map { _ in Float.random(in: 0.05...0.6, using: &random) }
    for _ in 0..<searches {
      let query = Int.random(in: 0..<40, using: &random)
      // Better products stand higher, as in a shop, but for some noise.
      let order = (0..<20).sorted { appeal[query * 20 + $0] > appeal[query * 20 + $1] }
      var shown = order
      if moves {
        for _ in 0..<8 {
          shown.swapAt(
            Int.random(in: 0..<20, using: &random),
            Int.random(in: 0..<20, using: &random)
          )
        }
      }
      for (index, product) in shown.enumerated() {
        let number = UInt32(product + 1)
        estimator.addShown(UInt32(query + 1), number, at: index + 1)
        let chance = appeal[query * 20 + product] * powf(Float(index + 1), -power)
        if Float.random(in: 0..<1, using: &random) < chance {
          estimator.addClick(UInt32(query + 1), number, at: index + 1)
        }
      }
    }
    return estimator.estimate()
  }

  @Test(arguments: [0.4, 0.8, 1.2] as [Float]) func findsTheShareThatLooks(_ power: Float) {
    let seed = UInt64.random(in: 0..<1 << 32)
    let found = estimate(power: power, searches: 40_000, seed: seed)
    for position in 1...20 {
      let truth = powf(Float(position), -power)
      #expect(
        abs(found[position] - truth) < 0.12 * truth + 0.01,
        "seed \(seed), position \(position)"
      )
    }
  }

  @Test func withoutEvidenceStaysAtTheDiscount() {
    // Products that always stand in one place tell nothing of the place.
    let unmoved = estimate(power: 1.2, searches: 2000, seed: 1, moves: false)
    for position in 1...20 {
      let prior = Propensities()[position]
      #expect(abs(PropensityEstimator().estimate()[position] - prior) < 1e-5)
      #expect(abs(unmoved[position] - prior) < 1e-5)
    }
  }

  @Test func fallsBelowTheLastPositionToo() {
    let propensities = Propensities()
    for position in 1..<200 { #expect(propensities[position + 1] < propensities[position]) }
    #expect(propensities[1] == 1 && propensities[.max] > 0)
  }
}
