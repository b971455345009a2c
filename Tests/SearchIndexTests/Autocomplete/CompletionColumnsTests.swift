// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SearchIndex

struct CompletionColumnsTests {
  @Test(arguments: 0..<10)
  func rangeMinimumYieldsARangeInOrder(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let count = [1, 63, 64, 65, 5000][seed % 5]
    let most = UInt32([3, 1_000_000][seed % 2])
    let values = (0..<count).map { _ in UInt32.random(in: 0...most, using: &random) }
    let parts = values.withUnsafeBufferPointer { RangeMinimum.build($0) }
    try values.withUnsafeBufferPointer { values in
      try parts.minima.withUnsafeBufferPointer { minima in
        try parts.sparse.withUnsafeBytes { sparse in
          let ranges = try RangeMinimum(values: values, minima: minima, sparse: sparse)
          var heap = MinHeap()
          defer { heap.deallocate() }
          for turn in 0..<60 {
            let low = Int.random(in: 0...count, using: &random)
            let range = low..<Int.random(in: low...count, using: &random)
            let keepsEqual = turn % 2 == 0
            heap.removeAll()
            ranges.seed(range, &heap)
            var found: [UInt32] = []
            var places: Set<Int> = []
            while let item = heap.pop() {
              let place = try #require(ranges.expand(item, keepsEqual: keepsEqual, &heap))
              #expect(range.contains(place) && values[place] == item.value, "seed \(seed)")
              places.insert(place)
              found.append(item.value)
            }
            if keepsEqual {
              #expect(
                found == values[range].sorted() && places.count == range.count,
                "seed \(seed)"
              )
            } else {
              #expect(found == found.sorted() && Set(found) == Set(values[range]), "seed \(seed)")
            }
          }
        }
      }
    }
  }

  @Test func workedExampleOfScores() {
    #expect(
      ScoreColumn.build([40, 24, 24]) == [
        0, 0, 0x20, 0x42, 0, 0, 0, 0, 2, 0x15, 0, 0, 0x3C, 0, 0, 0, 0, 0, 0, 0, 0,
      ]
    )
  }

  @Test(arguments: 0..<6)
  func scoresAreKeptExactly(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let scores = (0..<[0, 1, 64, 1000][seed % 4]).map { index -> Float in
      switch seed % 3 {
      case 0: Float(Int.random(in: 0...200, using: &random))
      case 1: Float.random(in: 0...1e9, using: &random)
      default: index % 2 == 0 ? 0 : .greatestFiniteMagnitude
      }
    }.sorted(by: >)
    try ScoreColumn.build(scores).withUnsafeBytes { bytes in
      let column = try ScoreColumn(bytes, count: scores.count)
      #expect(scores.indices.map { column[$0] } == scores, "seed \(seed)")
    }
  }

  @Test(arguments: [1, 7, 8, 20, 31, 32])
  func packedIntegersComeBack(width: Int) throws {
    var random = SeededRandom(seed: UInt64(width))
    let values = (0..<300).map { _ in
      UInt32.random(in: 0...UInt32.max, using: &random) >> UInt32(32 - width)
    }
    let bytes = values.withUnsafeBufferPointer { PackedIntegers.pack($0, width: width) }
    try bytes.withUnsafeBytes {
      let packed = try PackedIntegers($0, count: values.count, width: width)
      #expect(values.indices.map { packed[$0] } == values)
    }
    #expect(throws: IndexError.self) {
      try bytes.dropLast().withUnsafeBytes {
        _ = try PackedIntegers($0, count: values.count, width: width)
      }
    }
  }
}
