// SPDX-License-Identifier: Apache-2.0
//
// One table:
//
//   key                                 value
//   0, space:u32 big-endian             the space as JSON
//   1, space:u32 big-endian, id         the vector of the document with this id

import CVectorKernels
import Foundation
import JSON
import LMDBStore
import Synchronization

/// Documents' vectors in the data directory, int8 with a scale each.
///
/// Everything here follows from documents and models, so what is damaged is left out and made again.
/// Thread-safe; one thread at a time may change a space.
final class VectorStore: Sendable {
  /// A change of a document's vector, nil to remove it.
  typealias Change = (id: String, record: [UInt8]?)

  private let environment: Environment
  private let table: Table
  private let spaces: Mutex<[VectorSpace]>

  /// Opens the vectors of a data directory, whose environment is open already.
  init(_ environment: Environment) throws {
    self.environment = environment
    guard let table = try environment.tables(["vectors"], create: true)[0] else {
      throw StoreError(.corrupt, "The store lacks its table of vectors: restore from a backup.")
    }
    self.table = table
    var spaces: [VectorSpace] = []
    for entry in try environment.read().entries(table, prefix: [0]) where entry.key.count == 5 {
      let number = entry.key[1...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard let json = try? JSON(parsing: Array(entry.value)),
        let space = VectorSpace(number: number, json: json)
      else { continue }
      spaces.append(space)
    }
    self.spaces = Mutex(spaces)
  }

  /// All spaces.
  var all: [VectorSpace] { spaces.withLock { $0 } }

  /// The space of these three, or nil.
  func space(_ collection: String, _ source: String, model: String = "") -> VectorSpace? {
    spaces.withLock { spaces in
      spaces.first { $0.collection == collection && $0.source == source && $0.model == model }
    }
  }

  /// The space of these three, made if it is missing; one of another dimension is emptied.
  func open(
    _ collection: String,
    _ source: String,
    model: String,
    dimension: Int
  ) throws -> VectorSpace {
    if let known = space(collection, source, model: model) {
      if known.dimension == dimension { return known }
      try remove(known)
    }
    // Numbers of removed spaces are not used again while their vectors are being deleted.
    let number = try environment.read().lastSpace(table) + 1
    let space = VectorSpace(
      number: number,
      collection: collection,
      source: source,
      model: model,
      dimension: dimension
    )
    try apply([], to: space)
    return space
  }

  /// Stores and removes vectors and the space's record in one commit.
  ///
  /// - Returns: The space with its new count.
  @discardableResult
  func apply(_ changes: [Change], to space: VectorSpace) throws -> VectorSpace {
    var after = space
    try environment.write { transaction in
      for (id, record) in changes {
        let key = Self.key(space.number, id)
        let isKnown = try transaction.get(table, key) != nil
        if let record {
          try transaction.put(table, key, record)
          if !isKnown { after.count += 1 }
        } else if isKnown {
          try transaction.delete(table, key)
          after.count -= 1
        }
      }
      try transaction.put(table, Self.key(space.number), after.json.serialized())
    }
    spaces.withLock { spaces in
      spaces.removeAll { $0.number == after.number }
      spaces.append(after)
    }
    return after
  }

  /// Removes a space, some thousand vectors a commit.
  func remove(_ space: VectorSpace) throws {
    spaces.withLock { $0.removeAll { $0.number == space.number } }
    while true {
      let keys = try keys(of: space, after: nil, limit: 4096)
      try environment.write { transaction in
        for key in keys { try transaction.delete(table, key) }
        if keys.isEmpty { try transaction.delete(table, Self.key(space.number)) }
      }
      if keys.isEmpty { return }
    }
  }

  /// The hashes that documents' vectors were made of, nil for documents without a record.
  func hashes(of ids: [String], in space: VectorSpace) throws -> [UInt64?] {
    let transaction = try environment.read()
    return try ids.map { id in
      try transaction.get(table, Self.key(space.number, id)).flatMap { VectorRecord($0)?.hash }
    }
  }

  /// Documents' vectors, nil for those that have none.
  func vectors(of ids: [String], in space: VectorSpace) throws -> [QuantizedVector?] {
    let transaction = try environment.read()
    return try ids.map { id in
      try transaction.get(table, Self.key(space.number, id)).flatMap {
        VectorRecord($0)?.vector(dimension: space.dimension)
      }
    }
  }

  /// Documents' vectors end to end; the elements of one that is missing are NaN.
  func floats(of ids: [String], in space: VectorSpace) throws -> [Float] {
    let transaction = try environment.read()
    var floats = [Float](repeating: .nan, count: ids.count * space.dimension)
    try floats.withUnsafeMutableBufferPointer { floats in
      for (index, id) in ids.enumerated() {
        guard let bytes = try transaction.get(table, Self.key(space.number, id)),
          let record = VectorRecord(bytes), record.scale > 0,
          record.elements.count == space.dimension,
          let out = floats.baseAddress
        else { continue }
        martlet_widen_int8(
          record.elements.baseAddress?.assumingMemoryBound(to: Int8.self),
          record.scale,
          out + index * space.dimension,
          space.dimension
        )
      }
    }
    return floats
  }

  /// Calls `body` with each document's id and vector, ids ascending, until it returns false.
  func forEach(
    in space: VectorSpace,
    _ body: (UnsafeRawBufferPointer, VectorRecord) throws -> Bool
  ) throws {
    let start = Self.key(space.number, "")
    try environment.read().walk(table, from: start) { key, value in
      guard key.count > start.count, key.prefix(start.count).elementsEqual(start) else {
        return false
      }
      // A damaged vector costs its document's place in one answer; it is found by the next embedding.
      guard let record = VectorRecord(value, verify: false),
        record.elements.count == space.dimension
      else { return true }
      return try body(UnsafeRawBufferPointer(rebasing: key[start.count...]), record)
    }
  }

  /// At most `limit` keys of a space, ascending, from the one after `key` on.
  func keys(of space: VectorSpace, after key: [UInt8]?, limit: Int) throws -> [[UInt8]] {
    let prefix = Self.key(space.number, "")
    var keys: [[UInt8]] = []
    try environment.read().walk(table, from: key.map { $0 + [0] } ?? prefix) { key, _ in
      guard key.starts(with: prefix), keys.count < limit else { return false }
      keys.append(Array(key))
      return true
    }
    return keys
  }

  /// The id that a key of ``keys(of:after:limit:)`` ends with.
  static func id(of key: [UInt8]) -> String { String(decoding: key.dropFirst(5), as: UTF8.self) }

  private static func key(_ space: UInt32) -> [UInt8] {
    withUnsafeBytes(of: space.bigEndian) { [0] + $0 }
  }

  private static func key(_ space: UInt32, _ id: String) -> [UInt8] {
    withUnsafeBytes(of: space.bigEndian) { [1] + $0 } + id.utf8
  }
}

extension ReadTransaction {
  /// The greatest number of a space that has a record or vectors; 0 for none.
  fileprivate func lastSpace(_ table: Table) throws -> UInt32 {
    var last: UInt32 = 0
    for kind in [UInt8(0), 1] {
      var start: [UInt8] = [kind]
      while true {
        var next: UInt32?
        try walk(table, from: start) { key, _ in
          guard key.count >= 5, key[0] == kind else { return false }
          next = key[1..<5].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
          return false
        }
        guard let next else { break }
        last = max(last, next)
        guard next < .max else { break }
        start = withUnsafeBytes(of: (next + 1).bigEndian) { [kind] + $0 }
      }
    }
    return last
  }
}
