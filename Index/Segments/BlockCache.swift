// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Blocks of stored documents decompressed lately, of all segments: the documents of good first pages
/// are asked for again and again, and decompressing took longer than all else that is done with them.
///
/// Two generations stand for an order of use: what the older one holds is kept if it is asked for
/// before the younger one is full.
final class BlockCache: Sendable {
  /// Who blocks belong to, without keeping it.
  final class Owner: Sendable {
    private static let last = Atomic<UInt64>(0)
    fileprivate let number: UInt64

    init() { number = Self.last.add(1, ordering: .relaxed).newValue }
  }

  private struct Key: Hashable {
    var owner: UInt64
    var block: Int
  }

  private struct State {
    var young: [Key: [UInt8]] = [:]
    var old: [Key: [UInt8]] = [:]
    var youngBytes = 0
  }

  /// The cache of this process.
  static let shared = BlockCache(byteLimit: 32 << 20)

  private let byteLimit: Int
  private let state = Mutex(State())

  /// Creates a cache of about so many bytes.
  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// A block, from the cache or by `read`.
  func block(
    _ owner: Owner,
    _ number: Int,
    _ read: () throws(IndexError) -> [UInt8]
  ) throws(IndexError) -> [UInt8] {
    let key = Key(owner: owner.number, block: number)
    let known = state.withLock { state -> [UInt8]? in
      if let block = state.young[key] { return block }
      guard let block = state.old[key] else { return nil }
      add(block, key, &state)
      return block
    }
    if let known { return known }
    let block = try read()
    // One long document must not push out all others.
    if block.count <= byteLimit / 64 { state.withLock { add(block, key, &$0) } }
    return block
  }

  private func add(_ block: [UInt8], _ key: Key, _ state: inout State) {
    if state.youngBytes + block.count > byteLimit / 2 {
      state.old = state.young
      state.young = [:]
      state.youngBytes = 0
    }
    if state.young.updateValue(block, forKey: key) == nil { state.youngBytes += block.count }
  }

  /// Bytes held.
  var byteCount: Int {
    state.withLock { state in
      state.young.values.reduce(0) { $0 + $1.count } + state.old.values.reduce(0) { $0 + $1.count }
    }
  }
}
