// SPDX-License-Identifier: Apache-2.0

import Behaviour
import CollaborativeFiltering
import Foundation
import SearchIndex
import Synchronization

/// What tells one state of a file from another.
struct FileStamp: Equatable {
  private var inode: UInt64
  private var size: Int64
  private var seconds: Int
  private var nanoseconds: Int

  init?(_ path: String) {
    var found = stat()
    guard stat(path, &found) == 0 else { return nil }
    (inode, size) = (UInt64(found.st_ino), Int64(found.st_size))
    (seconds, nanoseconds) = (Int(found.st_mtim.tv_sec), Int(found.st_mtim.tv_nsec))
  }

  /// Milliseconds since 1970.
  var time: Int64 { Int64(seconds) * 1000 + Int64(nanoseconds) / 1_000_000 }
}

extension FilterService {
  /// Events of the log that one look adds at most, and that a model is brought up to date from.
  private static let mostAtOnce = 5000
  private static let mostReplayed: UInt64 = 200_000

  /// Puts a collection's model into service where its file is another one.
  func takeUp(_ collection: String) {
    let path = files.model(of: collection)
    guard let stamp = FileStamp(path) else {
      state.withLock { $0.entries[collection] = nil }
      return
    }
    let isKnown = state.withLock {
      $0.entries[collection]?.stamp == stamp || $0.refused[collection] == stamp
    }
    guard !isKnown else { return }
    do throws(FilterError) {
      let model = try FilterModel(path: path)
      let note = TrainingNote(ofModel: path)
      let last = (try? events.snapshot().lastSequence()) ?? 0
      // Of a model that nobody knows the events of, none are added twice.
      let known = note.map { min($0.sequence, last) } ?? last
      let first = max(known, last > Self.mostReplayed ? last - Self.mostReplayed : 0)
      // Brought up to date before it answers: the model before it answers meanwhile.
      let entry = Entry(
        live: LiveFilter(FilterUpdates(to: model)),
        stamp: stamp,
        note: note,
        sequence: first
      )
      let sequence = (try? add(collection, entry, limit: Int(Self.mostReplayed))) ?? first
      state.withLock { state in
        state.entries[collection] = entry
        state.entries[collection]?.sequence = sequence
        state.problems[collection] = nil
      }
    } catch {
      // The model before stays in service.
      state.withLock { state in
        state.refused[collection] = stamp
        state.problems[collection] = error.description
      }
    }
  }

  /// Adds what has come since the last look, or all since the training.
  func addEvents(_ collection: String, _ entry: Entry, anew: Bool) throws {
    var entry = entry
    if anew {
      let last = try events.snapshot().lastSequence()
      let first = entry.note.map { min($0.sequence, last) } ?? last
      entry.sequence = max(first, last > Self.mostReplayed ? last - Self.mostReplayed : 0)
      entry.live = LiveFilter(FilterUpdates(to: entry.live.model))
    }
    let limit = anew ? Int(Self.mostReplayed) : Self.mostAtOnce
    let sequence = try add(collection, entry, limit: limit)
    state.withLock { state in
      guard state.entries[collection]?.stamp == entry.stamp else { return }
      state.entries[collection]?.live = entry.live
      state.entries[collection]?.sequence = sequence
    }
  }

  /// Adds the interactions after an entry's sequence number with products that the shop has, and
  /// returns the number of the last event looked at.
  private func add(_ collection: String, _ entry: Entry, limit: Int) throws -> UInt64 {
    let snapshot = try store.collection(named: collection).snapshot
    let behaviour = try events.snapshot()
    // More than a look can take is left to the next training.
    let last = try behaviour.lastSequence()
    let first = max(entry.sequence, last > UInt64(limit) ? last - UInt64(limit) : 0)
    return try behaviour.forEachInteraction(after: first, limit: limit) { found in
      guard found.collection == collection else { return }
      // Names that are no products' would fill the memory.
      let known = Set(snapshot.candidates(ids: [found.product] + found.past).map(\.id))
      guard known.contains(found.product) else { return }
      entry.live.observe(found.product, past: found.past.filter { known.contains($0) })
    }
  }
}
