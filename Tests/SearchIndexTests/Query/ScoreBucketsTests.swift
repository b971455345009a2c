// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

@Suite struct ScoreBucketsTests {
  /// The first of the plain list of bounds that a score reaches.
  private func plainBucket(_ score: Float, _ all: [Float], lasts: [Int]) -> Int {
    lasts.firstIndex { score >= all[$0 - 1] } ?? lasts.count
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func bucketsAreThoseOfCountingOff(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      let all = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Float(Int.random(in: 0...20, using: &random))
      }.sorted(by: >)
      let number = Int.random(in: 1...50, using: &random)
      let byCount = ScoreBuckets(.count(number), of: all)
      let bySize = ScoreBuckets(.size(number), of: all)
      let count = min(number, all.count)
      let byCountLasts = (0..<count).dropFirst().map { all.count * $0 / count }
      let bySizeLasts = (0...all.count).filter { $0 > 0 && $0 < all.count && $0 % number == 0 }
      for score in all {
        #expect(
          byCount.bucket(of: score) == plainBucket(score, all, lasts: byCountLasts),
          "seed \(seed), \(number) buckets of \(all)"
        )
        #expect(
          bySize.bucket(of: score) == plainBucket(score, all, lasts: bySizeLasts),
          "seed \(seed), buckets of \(number) of \(all)"
        )
      }
    }
  }

  @Test func hugeNumbersOfBucketsAreOneForEachDocument() {
    let all: [Float] = [5, 4, 3]
    #expect(all.map(ScoreBuckets(.count(.max), of: all).bucket) == [0, 1, 2])
    #expect(all.map(ScoreBuckets(.size(.max), of: all).bucket) == [0, 0, 0])
    #expect(ScoreBuckets(.count(.max), of: []).bucket(of: 1) == 0)
  }
}
