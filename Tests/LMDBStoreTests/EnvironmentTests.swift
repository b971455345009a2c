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

  @Test func aSecondWriterIsRefused() throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let first = try Environment(directory: directory)
    let error = #expect(throws: StoreError.self) { try Environment(directory: directory) }
    #expect(error?.code == .locked)
    withExtendedLifetime(first) {}
  }
}
