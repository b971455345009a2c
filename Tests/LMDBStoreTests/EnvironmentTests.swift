// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore
import Testing

struct EnvironmentTests {
  private func temporaryDirectory() -> String {
    NSTemporaryDirectory() + "martlet-store-" + UUID().uuidString
  }

  private func fill(_ directory: String) throws {
    let environment = try Environment(directory: directory)
    let table = try #require(try environment.tables(["a"], create: true)[0])
    // Overwriting leaves free pages, so the free list is part of what is tested.
    for round in 0..<4 {
      try environment.write { transaction in
        for key in 0..<40 {
          let size = key % 4 == 0 ? 20_000 : 50 + key
          try transaction.put(
            table,
            [UInt8(key)],
            [UInt8](repeating: UInt8(round), count: size + round)
          )
        }
        try transaction.delete(table, [UInt8(round)])
      }
    }
  }

  /// Opens a directory and reads every byte.
  private func readAll(_ directory: String) throws -> Int {
    let environment = try Environment(directory: directory)
    guard let table = try environment.tables(["a"], create: false)[0] else { return 0 }
    let transaction = try environment.read()
    return try transaction.entries(table, prefix: []).reduce(0) { sum, entry in
      sum + entry.value.reduce(0) { $0 + Int($1) }
    }
  }

  @Test func keepsWhatWasCommittedAndDropsWhatThrew() throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    struct Stop: Error {}
    do {
      let environment = try Environment(directory: directory)
      let table = try #require(try environment.tables(["a"], create: true)[0])
      try environment.write { try $0.put(table, [1], [7]) }
      let before = try environment.read()
      #expect(throws: Stop.self) {
        try environment.write { transaction in
          try transaction.put(table, [1], [8])
          throw Stop()
        }
      }
      try environment.write { try $0.put(table, [2], [9]) }
      #expect(try before.get(table, [2]) == nil)
    }
    let environment = try Environment(directory: directory)
    let table = try #require(try environment.tables(["a"], create: false)[0])
    let transaction = try environment.read()
    #expect(try transaction.entries(table, prefix: []).map { [UInt8]($0.value) } == [[7], [9]])
  }

  @Test func aSecondWriterIsRefused() throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let first = try Environment(directory: directory)
    let error = #expect(throws: StoreError.self) { try Environment(directory: directory) }
    #expect(error?.code == .locked)
    withExtendedLifetime(first) {}
  }

  @Test func damageAnywhereIsAnErrorOrHarmless() throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try fill(directory)
    #expect(try readAll(directory) > 0)
    let path = directory + "/data.mdb"
    let original = try Data(contentsOf: URL(fileURLWithPath: path))
    var random = SystemRandomNumberGenerator()
    var refused = 0
    for page in 0..<(original.count / 4096) {
      for offset in [0, 10, 12, 14, 16, Int.random(in: 16..<200, using: &random)] {
        var damaged = original
        damaged[page * 4096 + offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        try damaged.write(to: URL(fileURLWithPath: path))
        do { _ = try readAll(directory) } catch { refused += 1 }
      }
    }
    #expect(refused > 0)
    for pages in [1, 3, original.count / 8192, original.count / 4096 - 1] {
      try original.prefix(pages * 4096).write(to: URL(fileURLWithPath: path))
      #expect(throws: StoreError.self) { try readAll(directory) }
    }
  }
}
