// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The documents of a segment's most asked frequent words, a bit each.
///
/// Words of many documents are few, and the same ones come in query after query. With their bitmaps an
/// intersection leaves a range where no document holds all words after a few instructions; decoding
/// the blocks of nine such ranges in ten was most of its time. Which words are kept follows their use, so
/// rare visitors push nobody out.
public final class ListBitmaps: Sendable {
  /// Bitmaps kept at most: together 16 bytes for each document of the segment.
  private static let limit = 128
  /// Lists whose uses are counted at most.
  private static let countedLimit = 4096

  /// One list's documents.
  final class Bitmap: @unchecked Sendable {
    /// Bit d % 64 of word d / 64 is document d; two words for each range of 128.
    let words: UnsafeMutableBufferPointer<UInt64>

    init(_ list: PostingsList, documentCount: Int) {
      words = .allocate(capacity: 2 * ((documentCount + 127) / 128))
      words.initialize(repeating: 0)
      list.mark(in: words)
    }

    deinit { words.deallocate() }
  }

  private struct State {
    /// By where the list's blocks start, which no two lists share.
    var kept: [UInt64: Bitmap] = [:]
    var uses: [UInt64: UInt32] = [:]
  }

  private let state = Mutex(State())
  private let documentCount: Int

  /// - Parameter documentCount: The segment's documents.
  init(documentCount: Int) { self.documentCount = documentCount }

  /// The bitmap of a list with impacts, if it is worth keeping; each call counts as a use.
  func bitmap(_ list: PostingsList) -> Bitmap? {
    let key = list.blocksAt
    let (known, isWanted) = state.withLock { state in Self.use(key, &state) }
    guard isWanted else { return known }
    let made = Bitmap(list, documentCount: documentCount)
    state.withLock { state in
      if state.kept.count >= Self.limit, let rarest = Self.rarest(state) {
        state.kept[rarest] = nil
      }
      state.kept[key] = made
    }
    return made
  }

  /// Counts a use; the bitmap if there is one, and whether there should be.
  private static func use(_ key: UInt64, _ state: inout State) -> (Bitmap?, Bool) {
    let uses = state.uses[key, default: 0] + 1
    state.uses[key] = uses
    if state.uses.count > countedLimit {
      // Half of the past is forgotten, and with it what was used once.
      state.uses = state.uses.compactMapValues { $0 > 1 ? $0 / 2 : nil }
    }
    if let known = state.kept[key] { return (known, false) }
    guard uses > 1 else { return (nil, false) }
    guard state.kept.count >= limit, let rarest = rarest(state) else { return (nil, true) }
    // Twice as often: equals would push each other out in turn.
    return (nil, uses > 2 * state.uses[rarest, default: 0])
  }

  private static func rarest(_ state: State) -> UInt64? {
    state.kept.keys.min { state.uses[$0, default: 0] < state.uses[$1, default: 0] }
  }
}
