// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation

/// Runs a collection's merges in the background, one at a time.
///
/// Large ones wait until no write has come for a moment: during an import they took half of the
/// processors' time, for segments that the import's end would have merged again.
final class MergeScheduler: @unchecked Sendable {
  /// Segments that make a large merge urgent, whatever is being written.
  private static let mostSegments = 32
  /// Seconds without a write after which a large merge may start.
  private static let quiet = 0.5

  private let queue = DispatchQueue(label: "martlet.merge", qos: .utility)
  private let condition = NSCondition()
  private var isScheduled = false
  private var writers = 0
  private var lastWrite = Date.distantPast
  /// Callers of ``wait()``, for whom nothing is put off.
  private var waiting = 0
  /// Callers of ``holding(_:)``.
  private var holding = 0

  /// Runs a write of the collection.
  func whileWriting<T>(_ write: () throws -> T) rethrows -> T {
    condition.withLock { writers += 1 }
    defer {
      condition.withLock {
        writers -= 1
        lastWrite = Date()
      }
    }
    return try write()
  }

  /// Merges what the policy asks for, soon, unless that is under way.
  func schedule(_ collection: Collection) {
    guard MergePolicy.choose(collection.snapshot.manifest) != nil else { return }
    let isFirst = condition.withLock {
      defer { isScheduled = true }
      return !isScheduled
    }
    guard isFirst else { return }
    queue.async { [weak collection, self] in
      condition.withLock { isScheduled = false }
      // A failed merge changes nothing: searches go on over more segments, and the next write
      // tries again.
      while let collection, let chosen = MergePolicy.choose(collection.snapshot.manifest) {
        guard condition.withLock({ holding == 0 }) else { return }
        guard mayStart(chosen, collection.snapshot.manifest) else { continue }
        guard (try? collection.merge(chosen)) != nil else { return }
      }
    }
  }

  /// Whether a merge may start now; if not, some of the time until it may has passed.
  private func mayStart(_ ids: [UInt64], _ manifest: Manifest) -> Bool {
    let chosen = manifest.segments.filter { ids.contains($0.id) }
    let documents = chosen.reduce(0) { $0 + $1.liveCount }
    guard documents >= Collection.leastOrdered, manifest.segments.count < Self.mostSegments else {
      return true
    }
    return condition.withLock {
      let quietAt = lastWrite + Self.quiet
      guard waiting + holding == 0, writers > 0 || quietAt > Date() else { return true }
      _ = condition.wait(until: max(quietAt, Date() + Self.quiet / 10))
      return false
    }
  }

  /// Runs `body`, which makes merges of the policy's choice vain, while none of them runs.
  func holding<T>(_ body: () throws -> T) rethrows -> T {
    condition.withLock {
      holding += 1
      condition.broadcast()
    }
    defer { condition.withLock { holding -= 1 } }
    return try queue.sync(execute: body)
  }

  /// Waits until the merges asked for so far are done.
  func wait() {
    condition.withLock {
      waiting += 1
      condition.broadcast()
    }
    queue.sync {}
    condition.withLock { waiting -= 1 }
  }
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

  /// The sets of ids, in order, of segments to make one of each so that few and ordered ones are left.
  static func compaction(_ manifest: Manifest) -> [[UInt64]] {
    var sets: [[Manifest.Segment]] = []
    var live = 0
    for segment in manifest.segments {
      if sets.isEmpty || live + segment.liveCount > Identifiers.mostDocuments {
        sets.append([])
        live = 0
      }
      sets[sets.count - 1].append(segment)
      live += segment.liveCount
    }
    let isDone = { (segment: Manifest.Segment) in
      segment.deletedCount == 0
        && (segment.isOrdered || segment.documentCount < Collection.leastOrdered)
    }
    return sets.filter { $0.count > 1 || !$0.allSatisfy(isDone) }.map { $0.map(\.id) }
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
