// SPDX-License-Identifier: Apache-2.0
//
// Completions that change while they are searched. An index is never changed; changes lie in smaller
// ones before it, and a completion of an older one is hidden once a newer one has its key (the
// logarithmic method of Bentley and Saxe, 1980). The newest, of at most 256 completions, is built
// afresh with every change, in well under a millisecond; when it is full, it is merged with those
// behind it that are not much larger, in the background.

public import Dispatch
internal import Synchronization

/// Completions under change; any thread may read and write.
public final class LiveCompletions: Sendable {
  /// One index, and what is not to be seen of it.
  struct Level {
    var index: CompletionIndex
    /// Replaced by newer levels, or removed.
    var removed: HiddenCompletions?
    /// Those and the blocked ones.
    var hidden: HiddenCompletions?
  }

  struct State: ~Copyable {
    let text: CompletionText
    /// The newest first.
    var levels: [Level]
    /// The completions of the newest level, if that may still be changed.
    var fresh: [[UInt8]: CompletionEntry] = [:]
    var blocked: [[UInt8]] = []
    var snapshot: CompletionSnapshot
    var isMerging = false
    /// Whether completions have come since the first ones.
    var isChanged = false
  }

  /// The most completions of a level that is built afresh with every change.
  static let freshLimit = 256

  let state: Mutex<State>
  let queue: DispatchQueue

  /// Creates completions that start with those of `base`.
  ///
  /// - Parameters:
  ///   - base: The completions to start with, if any.
  ///   - queue: Where levels are merged; a serial queue of its own if nil.
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init(base: CompletionIndex? = nil, queue: DispatchQueue? = nil) throws(IndexError) {
    let text = try CompletionText()
    let snapshot = CompletionSnapshot(
      levels: base.map { [CompletionLevel(index: $0, hidden: nil)] } ?? []
    )
    state = Mutex(
      State(
        text: text,
        levels: base.map { [Level(index: $0, removed: nil, hidden: nil)] } ?? [],
        snapshot: snapshot
      )
    )
    self.queue = queue ?? DispatchQueue(label: "martlet.completions", qos: .utility)
  }

  /// What is there now; later changes do not show in it.
  public var snapshot: CompletionSnapshot { state.withLock { $0.snapshot } }

  /// Adds completions, each in place of the one of equal key, if there is one.
  ///
  /// Seen by every ``snapshot`` taken after the return.
  ///
  /// - Throws: ``IndexError`` if there are more than can be stored; nothing is changed then.
  /// - Complexity: Grows with the new completions alone, plus a bit for each completion where an older
  ///   one is replaced.
  public func put(_ entries: [CompletionEntry]) throws(IndexError) {
    let isFull = try state.withLock { state throws(IndexError) in try state.put(entries) }
    if isFull { queue.async { [self] in merge() } }
  }

  /// Removes completions by their texts; those that are not there are passed over.
  ///
  /// - Throws: ``IndexError``; nothing is changed then.
  public func remove(_ texts: [String]) throws(IndexError) {
    try state.withLock { state throws(IndexError) in try state.remove(texts) }
  }

  /// Replaces the list of blocked words.
  ///
  /// A completion with a blocked word, or with all words of a blocked phrase, is not suggested.
  public func block(_ words: [String]) {
    state.withLock { state in
      state.blocked = words.map { state.text.fold($0, isQuery: false).key }.filter { !$0.isEmpty }
      for place in state.levels.indices { state.hideBlocked(place) }
      state.publish()
    }
  }
}

extension LiveCompletions.State {
  /// Puts entries into the newest level; returns whether it is full and must be merged.
  mutating func put(_ entries: [CompletionEntry]) throws(IndexError) -> Bool {
    var changed = fresh
    var keys: [[UInt8]] = []
    for entry in entries {
      let key = text.fold(entry.text, isQuery: false).key
      guard !key.isEmpty else { continue }
      changed[key] = entry
      keys.append(key)
    }
    guard !keys.isEmpty else { return false }
    try rebuild(changed)
    for key in keys { hide(key, from: 1) }
    isChanged = true
    publish()
    guard fresh.count >= LiveCompletions.freshLimit else { return false }
    fresh = [:]
    defer { isMerging = true }
    return !isMerging
  }

  mutating func remove(_ texts: [String]) throws(IndexError) {
    let keys = texts.map { text.fold($0, isQuery: false).key }
    if keys.contains(where: { fresh[$0] != nil }) {
      try rebuild(fresh.filter { !keys.contains($0.key) })
    }
    for key in keys { hide(key, from: 0) }
    publish()
  }

  /// Builds the newest level of `changed`.
  private mutating func rebuild(_ changed: [[UInt8]: CompletionEntry]) throws(IndexError) {
    let builder = CompletionIndexBuilder(text: text, collapse: .equalKeys)
    for entry in changed.values { builder.add(entry) }
    let index = try CompletionIndex(copying: try builder.build())
    if !fresh.isEmpty { levels.removeFirst() }
    if !changed.isEmpty {
      levels.insert(LiveCompletions.Level(index: index, removed: nil, hidden: nil), at: 0)
      hideBlocked(0)
    }
    fresh = changed
  }

  /// Hides the completion of a key in all levels from one on.
  mutating func hide(_ key: [UInt8], from first: Int) {
    for place in levels.indices.dropFirst(first) {
      let level = levels[place]
      guard let document = level.index.document(withKey: key),
        level.removed?.contains(document) != true
      else { continue }
      levels[place].removed = Self.adding([document], to: level.removed, level.index)
      levels[place].hidden = Self.adding([document], to: level.hidden, level.index)
    }
  }

  /// Sets what is hidden of a level to what is removed or blocked.
  mutating func hideBlocked(_ place: Int) {
    let level = levels[place]
    let documents = level.index.documents(withWordsOf: blocked).map(Int.init)
    levels[place].hidden =
      documents.isEmpty ? level.removed : Self.adding(documents, to: level.removed, level.index)
  }

  private static func adding(
    _ documents: [Int],
    to set: HiddenCompletions?,
    _ index: CompletionIndex
  ) -> HiddenCompletions {
    let result = HiddenCompletions(capacity: index.count, copying: set)
    for document in documents { result.insert(document) }
    return result
  }

  mutating func publish() {
    snapshot = CompletionSnapshot(
      levels: levels.map { CompletionLevel(index: $0.index, hidden: $0.hidden) },
      hasNearDuplicates: isChanged
    )
  }
}
