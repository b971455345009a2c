// SPDX-License-Identifier: Apache-2.0

/// A set of document numbers of one segment.
public struct Bitset: Equatable, Sendable {
  /// Bit d % 64 of word d / 64 is document d; bits at and after ``count`` are 0.
  public internal(set) var words: [UInt64]
  /// The documents that can be in the set: 0 ..< count.
  public let count: Int

  /// Creates a set with none or all of `count` documents.
  public init(count: Int, full: Bool = false) {
    self.count = count
    words = Array(repeating: full ? .max : 0, count: (count + 63) / 64)
    if full { trim() }
  }

  /// The number of documents in the set.
  public var population: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Whether a document is in the set.
  public func contains(_ document: Int) -> Bool {
    words[document >> 6] >> UInt64(document & 63) & 1 == 1
  }

  /// Adds a document.
  public mutating func insert(_ document: Int) {
    words[document >> 6] |= 1 << UInt64(document & 63)
  }

  /// Removes a document.
  public mutating func remove(_ document: Int) {
    words[document >> 6] &= ~(1 << UInt64(document & 63))
  }

  /// Keeps what is in both.
  public mutating func formIntersection(_ other: Bitset) {
    for index in words.indices { words[index] &= other.words[index] }
  }

  /// Adds what is in the other.
  public mutating func formUnion(_ other: Bitset) {
    for index in words.indices { words[index] |= other.words[index] }
  }

  /// Removes what is in the other.
  public mutating func subtract(_ other: Bitset) {
    for index in words.indices { words[index] &= ~other.words[index] }
  }

  /// Turns the set into its complement.
  public mutating func invert() {
    for index in words.indices { words[index] = ~words[index] }
    trim()
  }

  /// The set cut into sets of at most `most` documents (rounded up to a whole word), ascending.
  func runs(of most: Int) -> some Sequence<Bitset> {
    var next = 0
    return AnySequence {
      AnyIterator {
        guard next < words.count else { return nil }
        var (end, population) = (next, 0)
        while end < words.count, population == 0 || population + 64 <= most {
          population += words[end].nonzeroBitCount
          end += 1
        }
        defer { next = end }
        if next == 0, end == words.count { return self }
        var run = Bitset(count: count)
        run.words.replaceSubrange(next..<end, with: words[next..<end])
        return run
      }
    }
  }

  /// Calls `body` with each document, ascending.
  @inline(__always)
  public func forEach(_ body: (Int) -> Void) {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        body((index << 6) + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }

  /// The words, low byte first.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.count * 8)
    for word in words { LittleEndian.append(word, to: &bytes) }
    return bytes
  }

  private mutating func trim() {
    if count % 64 != 0, let last = words.indices.last {
      words[last] &= (1 << UInt64(count % 64)) - 1
    }
  }
}
