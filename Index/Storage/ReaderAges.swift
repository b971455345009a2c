// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Keeps every collection's snapshot young.
///
/// LMDB reuses a page only once no reader is older than the commit that freed it. A collection that
/// is never written would hold the snapshot of its opening, and with it every page that others free:
/// the file would grow with each of their commits.
final class ReaderAges: @unchecked Sendable {
  /// Commits of the environment after which snapshots are renewed.
  private static let commitsPerRenewal = 4

  private struct Entry {
    weak var collection: Collection?
  }

  private let lock = NSLock()
  private var entries: [Entry] = []
  private var commits = 0

  /// Takes note of an open collection.
  func opened(_ collection: Collection) {
    lock.withLock {
      entries.removeAll { $0.collection == nil }
      entries.append(Entry(collection: collection))
    }
  }

  /// Takes note of a commit by whomever, and renews the collections' snapshots now and then.
  func committed() {
    let collections = lock.withLock { () -> [Collection] in
      commits += 1
      return commits % Self.commitsPerRenewal == 0 ? entries.compactMap(\.collection) : []
    }
    for collection in collections { collection.renew() }
  }
}
