// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What queries have worked out about a segment and later ones will ask again.
///
/// A segment never changes, so nothing here goes stale.
final class SegmentCache: Sendable {
  /// Bytes of filters' results kept at most.
  private static let byteLimit = 8 << 20

  /// A look-up of misspellings.
  struct FuzzyQuery: Hashable {
    var word: [UInt8]
    var edits: Int
    var isPrefix: Bool
    var limit: Int
  }

  /// A term near a word.
  struct Misspelling {
    var term: [UInt8]
    var edits: Int
  }

  /// Look-ups of misspellings kept at most; then all are forgotten.
  private static let fuzzyLimit = 4096

  private struct State {
    var misspellings: [FuzzyQuery: [Misspelling]] = [:]
    var filters: [Filter: (documents: Bitset, lastUse: UInt64)] = [:]
    var filterBytes = 0
    var clock: UInt64 = 0
    var foldedTerms: [Int: FoldedTerms] = [:]
  }
  private let state = Mutex(State())

  /// The documents that satisfy a filter, from the cache or by `evaluate`.
  func documents(
    _ filter: Filter,
    _ evaluate: () throws(IndexError) -> Bitset
  ) throws(IndexError) -> Bitset {
    let known = state.withLock { state -> Bitset? in
      state.clock += 1
      state.filters[filter]?.lastUse = state.clock
      return state.filters[filter]?.documents
    }
    if let known { return known }
    let found = try evaluate()
    let bytes = found.words.count * 8 + 256
    guard bytes <= Self.byteLimit / 4 else { return found }
    state.withLock { state in
      while state.filterBytes + bytes > Self.byteLimit,
        let oldest = state.filters.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.filters[oldest.key] = nil
        state.filterBytes -= bytes
      }
      if state.filters.updateValue((found, state.clock), forKey: filter) == nil {
        state.filterBytes += bytes
      }
    }
    return found
  }

  /// The terms near a word, from the cache or by `find`: a walk through the dictionary costs about a
  /// millisecond, and shoppers make the same slips again and again.
  func misspellings(_ query: FuzzyQuery, _ find: () -> [Misspelling]) -> [Misspelling] {
    if let known = state.withLock({ $0.misspellings[query] }) { return known }
    let found = find()
    state.withLock { state in
      if state.misspellings.count >= Self.fuzzyLimit { state.misspellings = [:] }
      state.misspellings[query] = found
    }
    return found
  }

  /// A column's distinct strings by their folded forms.
  func foldedTerms(_ index: Int, of column: Column) -> FoldedTerms {
    if let known = state.withLock({ $0.foldedTerms[index] }) { return known }
    let made = FoldedTerms(column)
    state.withLock { $0.foldedTerms[index] = made }
    return made
  }
}

/// The distinct strings of a column, found whatever their case.
final class FoldedTerms: Sendable {
  /// Hashes of lower-cased strings, ascending, each with the string's ordinal.
  private let entries: [(hash: UInt64, ordinal: UInt32)]

  init(_ column: Column) {
    entries = (0..<column.termCount).map { (Self.hash(column.term($0).lowercased()), UInt32($0)) }
      .sorted { $0.hash < $1.hash }
  }

  /// The ordinals of strings that equal `text` but for case.
  func ordinals(_ text: String, in column: Column) -> [Int] {
    let lowered = text.lowercased()
    let wanted = Self.hash(lowered)
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].hash < wanted { low = middle + 1 } else { high = middle }
    }
    return entries[low...].prefix { $0.hash == wanted }.map { Int($0.ordinal) }.filter {
      column.term($0).lowercased() == lowered
    }
  }

  private static func hash(_ text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { Checksum.of(UnsafeRawBufferPointer($0)) }
  }
}
