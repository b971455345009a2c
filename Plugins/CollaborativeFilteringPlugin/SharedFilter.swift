// SPDX-License-Identifier: Apache-2.0
//
// One model file in service, shared by the instances of all threads. Two things keep it fresh:
//
//   the file      once a second at most it is looked at; a new one, such as 'martlet train cf' leaves
//                 in the place of the old one, is read and checked in the background, and then answers
//   the queries   what a shopper's history has gained since that shopper's query before is added to the
//                 model as new interactions, so that what happened since the training counts for others
//
// Histories come with the queries, as the public interface has them, so events of a shopper count once
// that shopper asks something.

import CollaborativeFiltering
import Dispatch
import Foundation
import RankingPluginKit
import Synchronization

/// A model file in service.
///
/// Thread-safe.
final class SharedFilter: Sendable {
  /// What tells one state of a file from another.
  private struct Stamp: Equatable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int

    init?(_ path: String) {
      var found = stat()
      guard stat(path, &found) == 0 else { return nil }
      inode = UInt64(found.st_ino)
      size = Int64(found.st_size)
      (seconds, nanoseconds) = (Int(found.st_mtim.tv_sec), Int(found.st_mtim.tv_nsec))
    }
  }

  private struct State {
    var stamp: Stamp?
    /// Milliseconds since 1970 before which the file is not looked at again.
    var lookAgain: Int64 = 0
    var isLoading = false
    /// For each shopper met, hashes of the items of the history at the last query.
    var seen: [String: Set<Int>] = [:]
  }

  private static let pause: Int64 = 1000
  /// Shoppers remembered; beyond that all are met anew, which adds nothing twice.
  private static let mostShoppers = 20_000
  private static let open = Mutex<[String: SharedFilter]>([:])

  /// The model and what has been added to it.
  let live: LiveFilter
  private let path: String
  private let state: Mutex<State>

  private init(_ path: String) throws(FilterError) {
    self.path = path
    let stamp = Stamp(path)
    live = LiveFilter(FilterUpdates(to: try FilterModel(path: path)))
    state = Mutex(State(stamp: stamp))
  }

  /// The filter of a file, the same for all who ask; it stays in service, since profiles come and go.
  ///
  /// - Throws: `FilterError` if the file is no model.
  static func of(_ path: String) throws -> SharedFilter {
    try open.withLock { open in
      if let known = open[path] {
        known.refresh(now: .max)
        return known
      }
      let made = try SharedFilter(path)
      open[path] = made
      return made
    }
  }

  /// Looks whether the file is another one, unless that was done a moment ago.
  func refresh(now: Int64) {
    let isDue = state.withLock { state in
      guard !state.isLoading, now >= state.lookAgain else { return false }
      if now < .max { state.lookAgain = now + Self.pause }
      state.isLoading = true
      return true
    }
    guard isDue else { return }
    DispatchQueue.global(qos: .utility).async { [self] in
      let stamp = Stamp(path)
      let isNew = state.withLock { stamp != nil && stamp != $0.stamp }
      // A file that is no model leaves the old one in service, and is tried again when it changes.
      let model = isNew ? try? FilterModel(path: path) : nil
      if let model { live.replace(with: FilterUpdates(to: model)) }
      state.withLock { state in
        if isNew { state.stamp = stamp }
        state.isLoading = false
      }
    }
  }

  /// Adds what a shopper's history has gained since the query before.
  ///
  /// - Parameters:
  ///   - shopper: The shopper; nothing is learnt of an unknown one.
  ///   - history: Names of items, the latest first.
  func learn(_ shopper: String, history: [String]) {
    guard !shopper.isEmpty, !history.isEmpty else { return }
    let hashes = history.map(\.hashValue)
    let gained = state.withLock { state -> [Int] in
      if state.seen.count >= Self.mostShoppers, state.seen[shopper] == nil {
        state.seen.removeAll(keepingCapacity: true)
      }
      // Whoever is met for the first time may have been trained on.
      let known = state.seen.updateValue(Set(hashes), forKey: shopper)
      return known.map { known in hashes.indices.filter { !known.contains(hashes[$0]) } } ?? []
    }
    guard !gained.isEmpty else { return }
    var past = history.indices.filter { !gained.contains($0) }.reversed().map { history[$0] }
    for index in gained.reversed() {
      live.observe(history[index], past: past)
      past.append(history[index])
    }
  }
}
