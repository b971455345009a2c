// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct BlockCacheTests {
  @Test func keepsWhatIsAskedForAndNoMoreThanItMay() throws {
    let cache = BlockCache(byteLimit: 64_000)
    let (ours, theirs) = (BlockCache.Owner(), BlockCache.Owner())
    var random = SeededRandom(seed: 1)
    var reads = 0
    func ask(_ owner: BlockCache.Owner, _ number: Int) throws {
      let block = try cache.block(owner, number) { () throws(IndexError) in
        reads += 1
        return [UInt8](repeating: UInt8(number & 0xFF), count: 500)
      }
      #expect(block.allSatisfy { $0 == UInt8(number & 0xFF) })
    }
    for _ in 0..<5000 {
      try ask(ours, 7)
      try ask(theirs, Int.random(in: 0..<1000, using: &random))
      #expect(cache.byteCount <= 64_000)
    }
    let before = reads
    try ask(ours, 7)
    #expect(reads == before)
    try ask(theirs, 100_000)
    #expect(reads == before + 1)
  }

  @Test func leavesOutLongBlocks() throws {
    let cache = BlockCache(byteLimit: 64_000)
    let owner = BlockCache.Owner()
    _ = try cache.block(owner, 1) { () throws(IndexError) in [UInt8](repeating: 1, count: 2000) }
    #expect(cache.byteCount == 0)
  }
}
