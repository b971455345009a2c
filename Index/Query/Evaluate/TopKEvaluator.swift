// SPDX-License-Identifier: Apache-2.0
//
// Top-k by block-max pruning (after Mallia, Suel and Tonellotto, "Faster Learned Sparse Retrieval
// with Block-Max Pruning", SIGIR 2024), on BM25F.
//
//   documents   |0....127|128...255|256...383| ...      fixed ranges of 128
//   word a      |   17   |    0    |   240   |          impact byte: bounds the word's score there
//   word b      |   90   |    3    |    12   |
//   bound       |  107   |    3    |   252   |          added up for all ranges at once, 16 bits
//
// The few ranges with the greatest bounds are scored first, which sets a high bar; then a sweep in
// document order scores each range whose bound reaches the bar. A range is scored in a dense array
// of 128 sums. Because ranges are fixed, bounds of different lists line up, and adding them needs no
// cursors; because similar documents are neighbours, few ranges have high bounds.

import CKernels
import Dispatch

/// Finds the best documents of one segment for a query.
public struct TopKEvaluator {
  /// Which documents match.
  public enum Mode: Sendable {
    /// Those with at least one of the words.
    case any
    /// Those with every word.
    case all
  }

  /// Offers the best documents of a segment to `heap`.
  ///
  /// `groups`: The query's words; those without alternatives match nothing.
  /// `mode`: Whether one word or every word must match.
  /// `fields`: The segment's fields.
  /// `segment`: The number to give to the segment's documents.
  /// `mask`: If given, only documents whose bit is set; (documentCount + 63) / 64 words.
  /// `deadline`: Monotonic nanoseconds at which to stop, checked every 64 ranges.
  /// `exhaustive`: Score every range; for checking the pruning.
  /// - Returns: Whether it came to the end before the deadline.
  public static func evaluate(
    _ groups: [TermGroup],
    mode: Mode,
    fields: SegmentFields,
    segment: Int32,
    mask: UnsafeBufferPointer<UInt64>?,
    deadline: UInt64 = .max,
    exhaustive: Bool = false,
    heap: inout TopHeap
  ) -> Bool {
    if mode == .all, groups.contains(where: { $0.alternatives.isEmpty }) { return true }
    var words = groups.filter { !$0.alternatives.isEmpty }
    guard !words.isEmpty, fields.documentCount > 0 else { return true }
    if mode == .all {
      // Rarest first: a range without it is left before the other words are read.
      let size = { (group: TermGroup) in
        group.alternatives.reduce(0) { $0 + $1.lists.reduce(0) { $0 + $1.list.count } }
      }
      words.sort { size($0) < size($1) }
    }
    var fields = fields
    // What checks the pruning must not lean on it.
    if exhaustive { fields.bitmaps = nil }
    let evaluation = Evaluation(words, fields, mode: mode, mask: mask)
    defer { evaluation.deallocate() }
    return evaluation.run(
      segment: segment,
      deadline: deadline,
      exhaustive: exhaustive,
      heap: &heap
    )
  }
}
