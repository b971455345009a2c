// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation

/// Runs a collection's merges in the background, one at a time.
final class MergeScheduler: @unchecked Sendable {
  private let queue = DispatchQueue(label: "martlet.merge", qos: .utility)
  private let lock = NSLock()
  private var isScheduled = false

  /// Merges what the policy asks for, soon, unless that is under way.
  func schedule(_ collection: Collection) {
    guard MergePolicy.choose(collection.snapshot.manifest) != nil else { return }
    let isFirst = lock.withLock {
      defer { isScheduled = true }
      return !isScheduled
    }
    guard isFirst else { return }
    queue.async { [weak collection, self] in
      lock.withLock { isScheduled = false }
      guard let collection else { return }
      // A failed merge changes nothing: searches go on over more segments, and the next write
      // tries again.
      while let chosen = MergePolicy.choose(collection.snapshot.manifest) {
        guard (try? collection.merge(chosen)) != nil else { return }
      }
    }
  }

  /// Waits until the merges asked for so far are done.
  func wait() { queue.sync {} }
}

/// Decides which segments to make one of.
///
/// A merge writes its result beside what it replaces, so rewriting a whole collection at once takes
/// twice its room, and LMDB's file never shrinks. Hence ``largestShare``; the decision "Merges rewrite
/// a part of a collection" has the measurements.
enum MergePolicy {
  /// Segments of like size that may stand before they are merged.
  static let width = 8
  /// The most of a collection's live documents that one merge may rewrite.
  static let largestShare = 0.25
  /// A segment is rewritten once this share of it is deleted.
  static let deletedShare = 0.2
  /// The same for a segment above ``largestShare``, which ``Collection/compact()`` makes.
  static let deletedShareOfLarge = 0.5

  /// Whether segments together hold no more documents than one may.
  static func fits(_ ids: [UInt64], _ manifest: Manifest) -> Bool {
    manifest.segments.reduce(0) { sum, segment in
      ids.contains(segment.id) ? sum + segment.liveCount : sum
    } <= Identifiers.mostDocuments
  }

  /// The ids of segments to merge now, or nil.
  ///
  /// Tiered: sizes within a factor of 8 are alike, and all below 512 documents. A higher floor would
  /// rewrite thousands of documents for every eight that a shop changes one by one.
  static func choose(_ manifest: Manifest) -> [UInt64]? {
    let live = manifest.segments.reduce(0) { $0 + $1.liveCount }
    let most = min(Identifiers.mostDocuments, Int(Double(live) * largestShare))
    if let worn = manifest.segments.first(where: {
      let share = $0.liveCount <= most ? deletedShare : deletedShareOfLarge
      return Double($0.deletedCount) > share * Double($0.documentCount)
    }) {
      return [worn.id]
    }
    var tiers: [Int: [Manifest.Segment]] = [:]
    for segment in manifest.segments {
      let size = max(1, segment.liveCount)
      let tier = max(0, (Int.bitWidth - 1 - size.leadingZeroBitCount) / 3 - 2)
      tiers[tier, default: []].append(segment)
    }
    for (_, segments) in tiers.sorted(by: { $0.key < $1.key }) where segments.count >= width {
      var sum = 0
      let chosen = segments.sorted { $0.liveCount < $1.liveCount }.prefix { segment in
        sum += segment.liveCount
        return sum <= most
      }
      if chosen.count > 1 { return chosen.map(\.id) }
    }
    return nil
  }
}

extension Manifest.Segment {
  /// Documents that are not deleted.
  var liveCount: Int { documentCount - deletedCount }
}
