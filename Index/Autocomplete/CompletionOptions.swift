// SPDX-License-Identifier: Apache-2.0

/// How far a search for completions goes.
public struct CompletionOptions: Sendable {
  /// Slips of typing allowed in all words together, 0...2.
  public var maximumTypos = 1
  /// Slips are looked for only with fewer suggestions than this.
  public var typoThreshold = 1
  /// Completions with the words in another place are looked for only with fewer suggestions than this.
  public var wordsThreshold = Int.max
  /// Whether what was typed on the wrong keyboard layout is read as if typed on the right one.
  public var readsOtherLayouts = true
  /// Whether of texts that are as good as the same, but came at several times, only the best is shown;
  /// an index that is built at once has joined them already.
  public var joinsNearDuplicates = true

  /// Creates the default options.
  public init() {}
}

/// What a search reads: completions of several ages, the newer hiding the older of equal keys.
public final class CompletionSnapshot: Sendable {
  let levels: [CompletionLevel]
  /// Whether texts that are as good as the same may be there, having come at several times.
  let hasNearDuplicates: Bool

  init(levels: [CompletionLevel], hasNearDuplicates: Bool = false) {
    (self.levels, self.hasNearDuplicates) = (levels, hasNearDuplicates)
  }

  /// A snapshot of nothing.
  public convenience init(empty: Void) { self.init(levels: []) }

  /// A snapshot of one index.
  public convenience init(_ index: CompletionIndex) {
    self.init(levels: [CompletionLevel(index: index, hidden: nil)])
  }

  /// The number of completions.
  public var count: Int {
    levels.reduce(0) { $0 + $1.index.count - ($1.hidden?.count ?? 0) }
  }
}

/// An index and those of its completions that are not shown.
struct CompletionLevel: Sendable {
  let index: CompletionIndex
  let hidden: HiddenCompletions?
}

/// A set of completions' numbers, never changed once it is shared.
final class HiddenCompletions: @unchecked Sendable {
  let words: UnsafeMutablePointer<UInt64>
  private let wordCount: Int
  private(set) var count = 0

  /// The members of `other`, if any, among `capacity` completions.
  init(capacity: Int, copying other: HiddenCompletions?) {
    wordCount = (capacity + 63) / 64
    words = .allocate(capacity: max(1, wordCount))
    if let other {
      words.update(from: other.words, count: wordCount)
      count = other.count
    } else {
      words.initialize(repeating: 0, count: wordCount)
    }
  }

  deinit { words.deallocate() }

  func contains(_ document: Int) -> Bool { words[document >> 6] >> UInt64(document & 63) & 1 == 1 }

  func insert(_ document: Int) {
    guard !contains(document) else { return }
    words[document >> 6] |= 1 << UInt64(document & 63)
    count += 1
  }
}
