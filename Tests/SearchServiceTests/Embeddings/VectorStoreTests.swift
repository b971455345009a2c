// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore
import TestSupport
import Testing

@testable import SearchService

@Suite struct VectorStoreTests {
  private static func vector(_ random: inout SeededRandom, _ dimension: Int) -> [Float] {
    (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
  }

  @Test(arguments: [1, 7, 384, 1000]) func roundingKeepsDirections(dimension: Int) throws {
    let seed = UInt64(dimension)
    var random = SeededRandom(seed: seed)
    for _ in 0..<50 {
      let vector = Self.vector(&random, dimension)
      let rounded = QuantizedVector(vector)
      let greatest = vector.reduce(0) { max($0, abs($1)) }
      for (a, b) in zip(vector, rounded.floats) {
        #expect(abs(a - b) <= greatest / 127 * 0.501, "seed \(seed)")
      }
      let bytes = rounded.bytes(hash: 77)
      let read = try bytes.withUnsafeBytes { bytes in
        let record = try #require(VectorRecord(bytes))
        #expect(record.hash == 77)
        return record.vector(dimension: dimension)
      }
      #expect(read == rounded)
    }
  }

  /// The worked example of Documentation/Formats/Vectors.md.
  @Test func storedBytesAreAsDocumented() {
    let bytes: [UInt8] = [
      1, 0, 0, 0, 0, 0, 0, 0, 0x04, 0x02, 0x01, 0x3C, 0xE6, 0xE6, 0x2B, 0x9B, 0x40, 0x81,
    ]
    #expect(QuantizedVector([0.5, -1]).bytes(hash: 1) == bytes)
  }

  @Test func whatIsNoVectorIsNone() {
    for vector: [Float] in [[], [0, 0], [.nan, 1], [1, .infinity], [.leastNonzeroMagnitude]] {
      #expect(QuantizedVector(vector) == .none)
    }
  }

  @Test func changedBytesAreNoticed() {
    var random = SeededRandom(seed: 3)
    let bytes = QuantizedVector(Self.vector(&random, 40)).bytes(hash: 5)
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      #expect(damaged.withUnsafeBytes { VectorRecord($0) == nil }, "byte \(index)")
    }
    for count in 0..<bytes.count {
      #expect(bytes[..<count].withUnsafeBytes { VectorRecord($0) == nil }, "\(count) bytes")
    }
  }

  @Test func productsAreExact() {
    var random = SeededRandom(seed: 9)
    for count in [0, 1, 15, 16, 33, 384, 4096] {
      let a = (0..<count).map { _ in Int8.random(in: .min ... .max, using: &random) }
      let b = (0..<count).map { _ in Int8.random(in: .min ... .max, using: &random) }
      let product = a.withUnsafeBytes { a in b.withUnsafeBytes { a.dot($0) } }
      #expect(Int(product) == zip(a, b).reduce(0) { $0 + Int($1.0) * Int($1.1) })
    }
  }

  /// Random changes of several spaces against dictionaries, with the store opened anew in between.
  @Test(arguments: [1, 2, 3]) func holdsWhatIsPut(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    try withTemporaryDirectory { directory in
      let environment = try Environment(directory: directory)
      var store = try VectorStore(environment)
      var model: [String: [String: QuantizedVector]] = [:]
      for round in 0..<60 {
        let source = ["_embedding", "image", "sound"][Int.random(in: 0..<3, using: &random)]
        let space = try store.open("shop", source, model: "", dimension: 5)
        if round % 20 == 19 {
          try store.remove(space)
          model[source] = nil
        } else {
          let changes = (0..<Int.random(in: 0..<20, using: &random)).map {
            _ -> VectorStore.Change in
            let id = "p\(Int.random(in: 0..<30, using: &random))"
            if Int.random(in: 0..<3, using: &random) == 0 {
              model[source]?[id] = nil
              return (id, nil)
            }
            let vector = QuantizedVector(Self.vector(&random, 5))
            model[source, default: [:]][id] = vector
            return (id, vector.bytes(hash: 1))
          }
          let after = try store.apply(changes, to: space)
          #expect(after.count == model[source]?.count ?? 0, "seed \(seed)")
        }
        if round % 7 == 0 { store = try VectorStore(environment) }
        for space in store.all {
          var found: [String: QuantizedVector] = [:]
          try store.forEach(in: space) { id, record in
            found[String(decoding: id, as: UTF8.self)] = record.vector(dimension: 5)
            return true
          }
          #expect(found == model[space.source] ?? [:], "seed \(seed)")
          let ids = (0..<30).map { "p\($0)" }
          #expect(try store.vectors(of: ids, in: space) == ids.map { found[$0] })
          let floats = try store.floats(of: ids, in: space)
          for (index, id) in ids.enumerated() {
            let own = Array(floats[(5 * index)..<(5 * index + 5)])
            #expect(found[id].map { $0.floats == own } ?? own.allSatisfy(\.isNaN))
          }
        }
      }
    }
  }

  @Test func aSpaceOfAnotherDimensionIsEmptied() throws {
    try withTemporaryDirectory { directory in
      let store = try VectorStore(Environment(directory: directory))
      let small = try store.open("shop", "image", model: "", dimension: 2)
      try store.apply([("a", QuantizedVector([1, 2]).bytes(hash: 1))], to: small)
      let large = try store.open("shop", "image", model: "", dimension: 3)
      #expect(large.count == 0)
      #expect(store.all == [large])
      #expect(try store.vectors(of: ["a"], in: large) == [nil])
    }
  }
}
