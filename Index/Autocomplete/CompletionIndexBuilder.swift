// SPDX-License-Identifier: Apache-2.0

/// Builds the bytes of a ``CompletionIndex``.
///
/// Texts that differ only in case, accents, punctuation or spacing become one completion: the one with
/// the best score is shown, scores add up. One thread at a time.
public final class CompletionIndexBuilder {
  /// How near two texts must be to become one completion.
  public enum Collapse: Sendable {
    /// Equal keys.
    case equalKeys
    /// Also keys that differ in spaces between letters and in the plural's "s": "wi fi router" and
    /// "wifi routers". The one not shown is still found by its own spelling.
    case nearDuplicates
  }

  /// What is kept of an entry until the index is built.
  struct Source {
    var key: Int
    var keyLength: Int
    var score: Float
    var entry: Int
  }

  private let text: CompletionText
  private let collapse: Collapse
  private var folded = FoldedText()
  /// All keys one after the other.
  let arena = FlatArray<UInt8>(capacity: 1 << 16)
  let sources = FlatArray<Source>()
  /// What differs from a plain query written as its key, by entry number.
  var details: [Int: Detail] = [:]
  private(set) var entryCount = 0
  /// No less than what the keys, aliases, words and texts will take.
  private var byteCount = 0

  /// What an entry has beside its key and score.
  struct Detail {
    var text: String?
    var count: UInt32 = 0
    var kind = CompletionEntry.Kind.query
    var category: String?
    var aliases = CompletionAliases()
  }

  /// Creates a builder.
  ///
  /// - Parameter collapse: How near two texts must be to become one completion.
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public convenience init(collapse: Collapse = .nearDuplicates) throws(IndexError) {
    self.init(text: try CompletionText(), collapse: collapse)
  }

  init(text: CompletionText, collapse: Collapse) {
    self.text = text
    self.collapse = collapse
  }

  /// Adds an entry; one whose text has no letter, digit or picture is left out.
  public func add(_ entry: CompletionEntry) { add(entry, aliases: []) }

  /// Adds an entry that also answers to other keys.
  func add(_ entry: CompletionEntry, aliases: [[UInt8]]) {
    var written = entry.text
    let isPlain = written.withUTF8 { bytes in
      text.fold(bytes, isQuery: false, into: &folded)
      return bytes.elementsEqual(folded.key)
    }
    guard !folded.key.isEmpty else { return }
    var detail = Detail()
    if !folded.isASCII {
      let mapped = text.fold(written, isQuery: false, isMapped: true)
      detail.aliases = text.aliases(of: written, mapped)
    }
    for alias in aliases where !detail.aliases.keys.contains(alias) {
      detail.aliases.keys.append(alias)
    }
    if !isPlain { detail.text = written }
    detail.count = entry.count
    detail.kind = entry.kind
    detail.category = entry.category
    let isDetailed =
      !isPlain || entry.count > 0 || entry.kind != .query || entry.category != nil
      || !detail.aliases.keys.isEmpty || !detail.aliases.words.isEmpty
    if isDetailed { details[entryCount] = detail }
    byteCount += 2 * folded.key.count + (detail.text?.utf8.count ?? 0) + 32
    for alias in detail.aliases.keys { byteCount += 2 * alias.count + 4 }
    byteCount += detail.aliases.words.count
    let score = entry.score.isFinite && entry.score > 0 ? entry.score : 0
    let start = arena.count
    folded.key.withUnsafeBufferPointer { arena.append($0) }
    sources.append(
      Source(key: start, keyLength: folded.key.count, score: score, entry: entryCount)
    )
    entryCount += 1
  }

  /// The index of all entries added.
  ///
  /// - Returns: The bytes that ``CompletionIndex`` opens.
  /// - Throws: ``IndexError`` with code invalid if there are more than 268 million completions or 4 GiB
  ///   of keys and texts.
  /// - Complexity: O(*n* log *n*) comparisons for *n* entries.
  public func build() throws(IndexError) -> [UInt8] {
    // Places in the keys' bytes and in the arena are stored in 32 bits.
    guard byteCount < Int(UInt32.max) - 1 << 20, sources.count < Int(Int32.max) / 8 else {
      throw IndexError(.invalid, "There are too many completions: keep the most popular ones.")
    }
    let merged = CompletionMerger(self, nearDuplicates: collapse == .nearDuplicates)
    return CompletionEncoder(merged, details: details).encode()
  }
}

/// A key with its first eight bytes at hand, so that most comparisons read nothing else.
struct SortableKey {
  /// The first eight bytes, the first one highest.
  var head: UInt64
  var start: UInt32
  var length: UInt32
  /// What the key belongs to.
  var owner: UInt32

  init(_ arena: UnsafePointer<UInt8>, start: Int, length: Int, owner: Int) {
    var head: UInt64 = 0
    for index in 0..<min(8, length) {
      head |= UInt64(arena[start + index]) << UInt64(56 - 8 * index)
    }
    self.head = head
    self.start = UInt32(start)
    self.length = UInt32(length)
    self.owner = UInt32(owner)
  }

  /// Whether `a` sorts before `b`; equal keys by owner.
  @inline(__always)
  static func precedes(_ a: SortableKey, _ b: SortableKey, _ arena: UnsafePointer<UInt8>) -> Bool {
    if a.head != b.head { return a.head < b.head }
    let order = compare(a, b, arena)
    return order == 0 ? a.owner < b.owner : order < 0
  }

  /// Below 0, 0 or above 0 as `a` sorts before, equals or sorts after `b`.
  static func compare(_ a: SortableKey, _ b: SortableKey, _ arena: UnsafePointer<UInt8>) -> Int {
    let room = Int(min(a.length, b.length))
    let (left, right) = (arena + Int(a.start), arena + Int(b.start))
    for index in 0..<room where left[index] != right[index] {
      return Int(left[index]) - Int(right[index])
    }
    return Int(a.length) - Int(b.length)
  }
}
