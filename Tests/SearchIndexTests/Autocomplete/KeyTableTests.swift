// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct KeyTableTests {
  private func withTable(_ keys: [[UInt8]], _ body: (KeyTable) throws -> Void) throws {
    var writer = KeyTableWriter()
    for key in keys { key.withUnsafeBufferPointer { writer.add($0) } }
    // Keys must stay in place while the trie is built.
    let copies = keys.map { key in
      let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: key.count)
      _ = copy.initialize(from: key)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    writer.finish { UnsafeBufferPointer(copies[$0]) }
    let padded = writer.bytes + [UInt8](repeating: 0, count: 16)
    try padded.withUnsafeBytes { bytes in
      try writer.buckets.withUnsafeBufferPointer { buckets in
        try writer.labels.withUnsafeBufferPointer { labels in
          try writer.children.withUnsafeBufferPointer { children in
            try writer.first.withUnsafeBufferPointer { first in
              try body(
                KeyTable(
                  count: keys.count,
                  bytes: UnsafeRawBufferPointer(rebasing: bytes[..<writer.bytes.count]),
                  buckets: buckets,
                  labels: labels,
                  children: children,
                  first: first
                )
              )
            }
          }
        }
      }
    }
  }

  @Test func workedExample() throws {
    var writer = KeyTableWriter()
    for key in ["ab", "abc", "b"] {
      Array(key.utf8).withUnsafeBufferPointer { writer.add($0) }
    }
    #expect(writer.bytes == [0, 2, 0x61, 0x62, 2, 1, 0x63, 0, 1, 0x62])
  }

  @Test(arguments: 0..<10)
  func agreesWithASortedArray(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let count = [0, 1, 9, 700, 3000][seed % 5]
    func word() -> [UInt8] {
      let longest = Int.random(in: 0..<20, using: &random) == 0 ? 240 : 7
      return (0..<Int.random(in: 1...longest, using: &random)).map { _ in
        [0x20, 0x61, 0x62, 0x63, 0xC3, 0xFF].randomElement(using: &random) ?? 0x61
      }
    }
    let keys = (0..<count).map { _ in word() }.sorted { $0.lexicographicallyPrecedes($1) }
    try withTable(keys) { table in
      let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: KeyTable.bufferSize)
      defer { buffer.deallocate() }
      for (number, key) in keys.enumerated() {
        let length = table.decode(number, into: buffer).length
        #expect(Array(UnsafeBufferPointer(start: buffer, count: length)) == key, "seed \(seed)")
        #expect(table.length(number) == key.count)
      }
      for _ in 0..<400 {
        let source = Bool.random(using: &random) ? keys.randomElement(using: &random) : nil
        let prefix = Array((source ?? word()).prefix(Int.random(in: 1...9, using: &random)))
        let expected = keys.indices.filter { keys[$0].starts(with: prefix) }
        let (range, found) = prefix.withUnsafeBufferPointer { bytes in
          bytes.baseAddress.map { (table.range($0, bytes.count), table.find($0, bytes.count)) }
            ?? (0..<0, nil)
        }
        #expect(Array(range) == expected, "seed \(seed) prefix \(prefix)")
        #expect(found == keys.firstIndex(of: prefix), "seed \(seed) key \(prefix)")
      }
    }
  }

  @Test(arguments: 0..<8)
  func walkFindsTheTermsNearAWord(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let letters = ["a", "b", "c", "é", "жд", "漢"]
    func word(_ longest: Int) -> String {
      (0..<Int.random(in: 1...longest, using: &random)).map { _ in
        letters.randomElement(using: &random) ?? "a"
      }.joined()
    }
    let terms = Set((0..<1500).map { _ in Array(word(8).utf8) })
      .sorted { $0.lexicographicallyPrecedes($1) }
    try withTable(terms) { table in
      let walk = TermWalk()
      for turn in 0..<120 {
        let typed = Array(word(9).utf8)
        let (edits, isPrefix) = (turn % 3, turn % 2 == 0)
        let ranges = FlatArray<TermRange>()
        typed.withUnsafeBufferPointer {
          walk.find($0, edits: edits, isPrefix: isPrefix, in: table, into: ranges)
        }
        let expected = terms.indices.filter {
          EditDistance.isWithin(
            edits,
            Array(String(decoding: typed, as: UTF8.self).unicodeScalars),
            Array(String(decoding: terms[$0], as: UTF8.self).unicodeScalars),
            isPrefix: isPrefix
          )
        }
        let found = ranges.buffer.flatMap { Array(Int($0.low)..<Int($0.high)) }
        #expect(found == expected, "seed \(seed) edits \(edits) \(typed)")
      }
    }
  }
}
