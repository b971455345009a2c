// SPDX-License-Identifier: Apache-2.0

/// A document and its score, across segments.
public struct ScoredDocument: Equatable, Sendable {
  /// BM25F, 0 or more.
  public var score: Float
  /// The segment's place in the snapshot.
  public var segment: Int32
  /// The document's number in the segment.
  public var document: UInt32

  /// Creates a scored document.
  public init(score: Float, segment: Int32, document: UInt32) {
    self.score = score
    self.segment = segment
    self.document = document
  }

  /// Where the document is, whatever its score: its segment and its number there.
  public var key: UInt64 { UInt64(UInt32(bitPattern: segment)) << 32 | UInt64(document) }

  /// Whether this one ranks before the other: by score, then segment, then document number.
  @inline(__always)
  func ranksBefore(_ other: ScoredDocument) -> Bool {
    if score != other.score { return score > other.score }
    if segment != other.segment { return segment < other.segment }
    return document < other.document
  }
}

/// Keeps the best `capacity` documents seen; the worst kept one is the bar for newcomers.
public struct TopHeap {
  private var kept: [ScoredDocument] = []
  private let capacity: Int

  /// Creates an empty heap of at most `capacity` documents, 1 or more.
  public init(capacity: Int) {
    self.capacity = max(1, capacity)
    kept.reserveCapacity(min(self.capacity, 1 << 16))
  }

  /// The score that a newcomer must reach; 0 while there is room.
  @inline(__always)
  var threshold: Float { kept.count < capacity ? 0 : kept[0].score }

  /// Offers a document.
  @inline(__always)
  mutating func offer(_ candidate: ScoredDocument) {
    if kept.count < capacity {
      kept.append(candidate)
      var child = kept.count - 1
      while child > 0 {
        let parent = (child - 1) / 2
        guard kept[parent].ranksBefore(kept[child]) else { break }
        kept.swapAt(parent, child)
        child = parent
      }
    } else if candidate.ranksBefore(kept[0]) {
      kept[0] = candidate
      var parent = 0
      while true {
        var worst = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < kept.count && kept[worst].ranksBefore(kept[child]) { worst = child }
        if worst == parent { break }
        kept.swapAt(parent, worst)
        parent = worst
      }
    }
  }

  /// The kept documents in no order.
  var unordered: [ScoredDocument] { kept }

  /// The kept documents, best first.
  public func sorted() -> [ScoredDocument] { kept.sorted { $0.ranksBefore($1) } }
}
