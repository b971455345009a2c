// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct IdentifiersTests {
  @Test(arguments: [0, 1, 7, 1000, 70_000])
  func findsWhatIsThereAndNothingElse(count: Int) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for prefix in ["", "id-"] {
      let ids = Set((0..<count).map { _ in UInt32.random(in: 0...UInt32.max, using: &random) })
        .map { "\(prefix)\($0)" }
      let utf8 = ids.map { Array($0.utf8) }
      var bytes: [UInt8] = []
      let flat = utf8.flatMap(\.self)
      flat.withUnsafeBufferPointer { all in
        var start = 0
        bytes = Identifiers.build(
          utf8.map { id in
            defer { start += id.count }
            return UnsafeBufferPointer(rebasing: all[start..<(start + id.count)])
          }
        )
      }
      try bytes.withUnsafeBytes { bytes in
        let identifiers = try Identifiers(bytes)
        let isRight = ids.enumerated().allSatisfy { document, id in
          identifiers.document(id) == document && identifiers.id(document) == id
        }
        #expect(isRight, "seed \(seed)")
        let known = Set(ids)
        for _ in 0..<1000 {
          let other = "\(prefix)\(UInt32.random(in: 0...UInt32.max, using: &random))"
          #expect(known.contains(other) == (identifiers.document(other) != nil), "seed \(seed)")
        }
      }
    }
  }
}
