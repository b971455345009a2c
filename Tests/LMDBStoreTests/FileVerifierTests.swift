// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import LMDBStore

struct FileVerifierTests {
  private static let pageSize = 4096

  /// Calls `body` with the path of a data file with branches, long values and free pages.
  private func withDataFile(_ body: (_ directory: String, _ path: String) throws -> Void) throws {
    let directory = temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    do {
      let environment = try Environment(directory: directory)
      let table = try #require(try environment.tables(["a"], create: true)[0])
      // Overwriting leaves free pages, so the free list is part of what is tested.
      for round in 0..<4 {
        try environment.write { transaction in
          for key in 0..<120 {
            let size = key % 12 == 0 ? 20_000 : 50 + key
            let value = [UInt8](repeating: UInt8(round), count: size + round)
            try transaction.put(table, [UInt8(key), 1], value)
          }
          try transaction.delete(table, [UInt8(round), 1])
        }
      }
    }
    try body(directory, directory + "/data.mdb")
  }

  /// Opens a directory, reads every byte, and writes.
  private func use(_ directory: String) throws {
    let environment = try Environment(directory: directory)
    let table = try #require(try environment.tables(["a"], create: true)[0])
    do {
      let transaction = try environment.read()
      _ = try transaction.entries(table, prefix: []).reduce(0) { sum, entry in
        sum + entry.value.reduce(0) { $0 + Int($1) }
      }
    }
    for size in [100, 9000, 30_000] {
      try environment.write { transaction in
        for key in stride(from: 0, to: 120, by: 7) {
          try transaction.put(table, [UInt8(key), 1], [UInt8](repeating: 9, count: size))
          try transaction.delete(table, [UInt8(key + 3), 1])
        }
      }
    }
  }

  @Test func soundFilesPass() throws {
    try withDataFile { directory, path in
      for _ in 0..<5 {
        try FileVerifier.verify(path: path)
        try use(directory)
      }
      try FileVerifier.verify(path: path)
    }
  }

  @Test func damageAnywhereIsAnErrorOrHarmless() throws {
    try withDataFile { directory, path in
      let original = try Data(contentsOf: URL(fileURLWithPath: path))
      let seed = UInt64.random(in: 0..<1000)
      var random = SeededRandom(seed: seed)
      var refused = 0
      for page in 0..<(original.count / Self.pageSize) {
        for offset in [0, 4, 10, 12, 14, 16, Int.random(in: 16..<4096, using: &random)] {
          var damaged = original
          damaged[page * Self.pageSize + offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          try damaged.write(to: URL(fileURLWithPath: path))
          do { try use(directory) } catch is StoreError { refused += 1 }
        }
      }
      #expect(refused > 0, "seed \(seed)")
    }
  }

  @Test func filesCutShortAreRefused() throws {
    try withDataFile { directory, path in
      let original = try Data(contentsOf: URL(fileURLWithPath: path))
      let pages = original.count / Self.pageSize
      for kept in [1, 2, 3, pages / 2, pages - 1] {
        try original.prefix(kept * Self.pageSize).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self, "\(kept) of \(pages) pages") {
          try use(directory)
        }
        #expect(error?.code == .corrupt)
      }
    }
  }

  /// Single fields of records that LMDB believes: each is named in the error.
  @Test func whatLMDBCountsIsChecked() throws {
    try withDataFile { _, path in
      let original = try Data(contentsOf: URL(fileURLWithPath: path))
      let first = original.loadUnaligned(fromByteOffset: 144, as: UInt64.self)
      let second = original.loadUnaligned(fromByteOffset: Self.pageSize + 144, as: UInt64.self)
      let meta = (second > first ? Self.pageSize : 0) + 16
      // The main tree's record: flags, depth, branches, leaves, overflow pages, entries, root.
      for (field, what) in [
        (4, "flags"), (6, "depth"), (8, "counts"), (16, "counts"), (24, "counts"), (32, "counts"),
      ] {
        var damaged = original
        damaged[meta + 72 + field] ^= 1
        try damaged.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self, "\(what)") {
          try FileVerifier.verify(path: path)
        }
        #expect(error?.message.contains(what) == true || what == "depth", "\(error?.message ?? "")")
      }
    }
  }

  @Test func keysOutOfOrderAreRefused() throws {
    try withDataFile { _, path in
      let original = try Data(contentsOf: URL(fileURLWithPath: path))
      var refused = 0
      for page in 2..<(original.count / Self.pageSize) {
        let base = page * Self.pageSize
        let flags = original.loadUnaligned(fromByteOffset: base + 10, as: UInt16.self)
        let lower = original.loadUnaligned(fromByteOffset: base + 12, as: UInt16.self)
        guard flags == 2, lower >= 20 else { continue }
        // Two neighbouring entries change places.
        var damaged = original
        for byte in 0..<2 { damaged.swapAt(base + 16 + byte, base + 18 + byte) }
        try damaged.write(to: URL(fileURLWithPath: path))
        do throws(StoreError) { try FileVerifier.verify(path: path) } catch {
          #expect(error.message.contains("order of keys"))
          refused += 1
        }
      }
      #expect(refused > 3)
    }
  }

  @Test func aFileThatIsBeingWrittenIsNotCalledDamaged() throws {
    try withDataFile { directory, path in
      let environment = try Environment(directory: directory)
      let table = try #require(try environment.tables(["a"], create: true)[0])
      let isDone = Flag()
      let writer = Thread {
        for round in 0..<400 {
          try? environment.write { transaction in
            for key in stride(from: round % 5, to: 120, by: 5) {
              let value = [UInt8](repeating: UInt8(round % 256), count: 50 + key * (round % 90))
              try transaction.put(table, [UInt8(key), 1], value)
            }
          }
        }
        isDone.set()
      }
      writer.start()
      var walks = 0
      repeat {
        try FileVerifier.verify(path: path)
        walks += 1
      } while !isDone.isSet
      #expect(walks > 1)
    }
  }
}

/// A switch between threads.
private final class Flag: @unchecked Sendable {
  private let lock = NSLock()
  private var value = false
  var isSet: Bool { lock.withLock { value } }
  func set() { lock.withLock { value = true } }
}

extension Data {
  fileprivate func loadUnaligned<T: BitwiseCopyable>(fromByteOffset offset: Int, as: T.Type) -> T {
    withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
  }
}
