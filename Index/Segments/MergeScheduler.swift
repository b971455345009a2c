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
enum MergePolicy {
  /// Segments of like size that may stand before they are merged.
  static let width = 8
  /// A segment is rewritten once this share of it is deleted.
  static let deletedShare = 0.35

  /// Whether segments together hold no more documents than one may.
  static func fits(_ ids: [UInt64], _ manifest: Manifest) -> Bool {
    manifest.segments.reduce(0) { sum, segment in
      ids.contains(segment.id) ? sum + segment.documentCount - segment.deletedCount : sum
    } <= Identifiers.mostDocuments
  }

  /// The ids of segments to merge now, or nil.
  ///
  /// Tiered: sizes within a factor of 8 are alike, and all below 512 documents. A higher floor would
  /// rewrite thousands of documents for every eight that a shop changes one by one.
  static func choose(_ manifest: Manifest) -> [UInt64]? {
    if let worn = manifest.segments.first(where: {
      Double($0.deletedCount) > deletedShare * Double($0.documentCount)
    }) {
      return [worn.id]
    }
    var tiers: [Int: [UInt64]] = [:]
    for segment in manifest.segments {
      let live = max(1, segment.documentCount - segment.deletedCount)
      let tier = max(0, (Int.bitWidth - 1 - live.leadingZeroBitCount) / 3 - 2)
      tiers[tier, default: []].append(segment.id)
    }
    return tiers.sorted { $0.key < $1.key }.first {
      $0.value.count >= width && fits($0.value, manifest)
    }?.value
  }
}
