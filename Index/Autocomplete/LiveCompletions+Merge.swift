// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

extension LiveCompletions {
  /// A level is merged with newer ones once it is at most this many times as large as they are.
  private static let ratio = 4

  /// Merges levels until each is much larger than the one before; runs on the queue, one at a time.
  func merge() {
    while let run = nextRun() {
      guard let merged = Self.build(run) else {
        state.withLock { $0.isMerging = false }
        return
      }
      replace(run, by: merged)
    }
  }

  /// The levels to be merged next, which follow each other; nil, and the end, if there are none.
  private func nextRun() -> [Level]? {
    state.withLock { state in
      state.isMerging = false
      // The newest level may be under change.
      let frozen = Array(state.levels.dropFirst(state.fresh.isEmpty ? 0 : 1))
      guard let first = frozen.first else { return nil }
      var (size, length) = (first.index.count, 1)
      for level in frozen.dropFirst() {
        guard level.index.count <= Self.ratio * size else { break }
        size += level.index.count
        length += 1
      }
      guard length > 1 else { return nil }
      state.isMerging = true
      return Array(frozen.prefix(length))
    }
  }

  private static func build(_ run: [Level]) -> CompletionIndex? {
    guard let builder = try? CompletionIndexBuilder(collapse: .equalKeys) else { return nil }
    for level in run {
      level.index.forEachEntry(besides: level.removed) {
        builder.add($0.entry, aliases: $0.aliases)
      }
    }
    guard let bytes = try? builder.build() else { return nil }
    return try? CompletionIndex(copying: bytes)
  }

  /// Puts a merged level in the place of those that it was built of.
  private func replace(_ run: [Level], by merged: CompletionIndex) {
    state.withLock { state in
      guard let first = run.first,
        let place = state.levels.firstIndex(where: { $0.index === first.index })
      else { return }
      // What was removed since the levels were read is removed from their union too.
      var keys: [[UInt8]] = []
      for (old, now) in zip(run, state.levels[place...]) where old.removed !== now.removed {
        now.index.forEachEntry(besides: old.removed) { exported in
          if now.isRemoved(exported.key) { keys.append(exported.key) }
        }
      }
      state.levels.replaceSubrange(
        place..<(place + run.count),
        with: [Level(index: merged, removed: nil, hidden: nil)]
      )
      state.hideBlocked(place)
      for key in keys { state.hide(key, from: place) }
      state.publish()
    }
  }

  /// Waits until no merge is under way.
  func waitForMerges() { queue.sync {} }

  /// All completions as one index, for storing.
  ///
  /// - Returns: The bytes that ``CompletionIndex`` opens.
  /// - Throws: ``IndexError`` if there are more than can be stored.
  public func export() throws(IndexError) -> [UInt8] {
    let levels = state.withLock { $0.levels }
    let builder = try CompletionIndexBuilder(collapse: .equalKeys)
    for level in levels {
      level.index.forEachEntry(besides: level.removed) {
        builder.add($0.entry, aliases: $0.aliases)
      }
    }
    return try builder.build()
  }
}

extension LiveCompletions.Level {
  fileprivate func isRemoved(_ key: [UInt8]) -> Bool {
    index.document(withKey: key).map { removed?.contains($0) == true } ?? false
  }
}
