// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One word of a query in one segment: the index terms that may stand for it.
///
/// A document's score for the word is that of its best alternative.
public struct TermGroup {
  /// The index terms that count as the word.
  public var alternatives: [Alternative]

  /// Creates a group.
  public init(alternatives: [Alternative]) { self.alternatives = alternatives }

  /// One index term with its lists in the searched fields.
  public struct Alternative {
    /// The index term.
    public var term: [UInt8]
    /// Inverse document frequency times (k1 + 1) times the alternative's weight; above 0.
    public var scale: Float
    /// The term's list in each searched field that has it, with the field's weight (above 0).
    public var lists: [(list: PostingsList, weight: Float)]
    /// How the term comes to stand for the word.
    public var match: WordMatch

    /// Creates an alternative.
    public init(
      term: [UInt8] = [],
      scale: Float,
      lists: [(list: PostingsList, weight: Float)],
      match: WordMatch = .exact
    ) {
      self.term = term
      self.scale = scale
      self.lists = lists
      self.match = match
    }
  }

  /// BM25's inverse document frequency, as Lucene has it: log(1 + (N - n + 0.5) / (n + 0.5)).
  public static func inverseDocumentFrequency(documents: Int, containing: Int) -> Float {
    let (all, some) = (Double(max(documents, containing)), Double(containing))
    return Float(log(1 + (all - some + 0.5) / (some + 0.5)))
  }
}

/// What the evaluator must know of a segment's fields.
public struct SegmentFields {
  /// Documents in the segment, deleted ones included.
  public var documentCount: Int
  /// Length codes by field, padded to whole ranges of 128.
  public var lengths: [UnsafePointer<UInt8>]
  /// The average length by field when the segment was built.
  public var builtAverages: [Float]
  /// The average length by field over all segments now.
  public var averages: [Float]
  /// Bitmaps of the segment's frequent words, if there are any.
  public var bitmaps: ListBitmaps?

  /// Creates the description.
  public init(
    documentCount: Int,
    lengths: [UnsafePointer<UInt8>],
    builtAverages: [Float],
    averages: [Float],
    bitmaps: ListBitmaps? = nil
  ) {
    self.documentCount = documentCount
    self.lengths = lengths
    self.builtAverages = builtAverages
    self.averages = averages
    self.bitmaps = bitmaps
  }
}
