// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore
import Testing

struct EnvironmentTests {
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

  @Test func shrinkingGivesFreePagesBack() throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let value = [UInt8](repeating: 7, count: 100_000)
    do {
      let environment = try Environment(directory: directory)
      let table = try #require(try environment.tables(["a"], create: true)[0])
      for key in UInt8(0)..<50 { try environment.write { try $0.put(table, [key], value) } }
      for key in UInt8(0)..<49 { try environment.write { try $0.delete(table, [key]) } }
      let error = #expect(throws: StoreError.self) { try Environment.shrink(directory: directory) }
      #expect(error?.code == .locked)
    }
    let before = try Environment(directory: directory).fileBytes
    try Environment.shrink(directory: directory)
    let environment = try Environment(directory: directory)
    #expect(before > 40 * 100_000)
    #expect(environment.fileBytes < 2 * 100_000)
    let table = try #require(try environment.tables(["a"], create: false)[0])
    let kept = try environment.read().entries(table, prefix: [])
    #expect(kept.map(\.key) == [[49]])
    try environment.write { try $0.put(table, [1], [1]) }
    let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    #expect(files == ["data.mdb", "lock.mdb", "writer.lock"])
  }

  @Test func walksStopWhereTheyAreTold() throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let environment = try Environment(directory: directory)
    let table = try #require(try environment.tables(["a"], create: true)[0])
    try environment.write { transaction in
      for key in UInt8(1)...9 { try transaction.put(table, [key, 0], [key]) }
    }
    let transaction = try environment.read()
    func walk(_ start: [UInt8], _ most: Int) throws -> [UInt8] {
      var seen: [UInt8] = []
      try transaction.walk(table, from: start) { key, value in
        seen.append(value[0])
        return seen.count < most
      }
      return seen
    }
    #expect(try walk([], 3) == [1, 2, 3])
    #expect(try walk([4], 99) == [4, 5, 6, 7, 8, 9])
    #expect(try walk([10], 99) == [])
    #expect(try transaction.entries(table, prefix: [5]).map(\.key) == [[5, 0]])
    #expect(try transaction.entries(table, prefix: [11]).isEmpty)
  }

  @Test func aSecondWriterIsRefused() throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let first = try Environment(directory: directory)
    let error = #expect(throws: StoreError.self) { try Environment(directory: directory) }
    #expect(error?.code == .locked)
    withExtendedLifetime(first) {}
  }
}
