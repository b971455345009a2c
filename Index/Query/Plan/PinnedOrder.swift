// SPDX-License-Identifier: Apache-2.0

/// Puts pinned documents among ranked ones.
enum PinnedOrder {
  /// The documents in the order shown: each pin at its position, ranked ones in the places between,
  /// and pins beyond the last ranked one directly after it.
  ///
  /// - Parameters:
  ///   - pins: Positions from 1, of documents that are not among `ranked`.
  ///   - ranked: Best first.
  /// - Returns: The documents, and which of them are pinned.
  static func merge(
    _ pins: [(position: Int, document: ScoredDocument)],
    _ ranked: [ScoredDocument]
  ) -> [(document: ScoredDocument, isPinned: Bool)] {
    var merged: [(document: ScoredDocument, isPinned: Bool)] = []
    merged.reserveCapacity(pins.count + ranked.count)
    var waiting = pins.sorted { $0.position < $1.position }[...]
    func placeDue() {
      while let pin = waiting.first, pin.position <= merged.count + 1 {
        merged.append((pin.document, true))
        waiting = waiting.dropFirst()
      }
    }
    for document in ranked {
      placeDue()
      merged.append((document, false))
    }
    return merged + waiting.map { ($0.document, true) }
  }
}
