// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import SearchIndex
import Synchronization

/// The event log told again from its start, in a store of its own, so that features can be computed
/// as of a search, before what came of it: a model that learnt from counts which hold the very click
/// that it is to foretell would learn nothing of use.
final class EventReplay {
  private static let batchSize = 4096

  private let directory: URL
  private let clock = ReplayClock()
  private var store: EventStore?
  private var batch: [Event] = []

  /// Makes the store in the directory for temporary files; it is removed with this object.
  ///
  /// `products`: Tells of brands, categories and prices that events leave out.
  init(
    products: (@Sendable (_ collection: String, _ product: String) -> ProductAttributes?)?
  ) throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "martlet-replay-\(UUID().uuidString)")
    var options = EventStore.Options()
    options.retention = .max / 4
    options.attributes = products
    options.clock = { [clock] in clock.time }
    let index = try IndexStore(directory: directory.path)
    store = try EventStore(environment: index.environment, options: options)
  }

  deinit {
    store = nil
    try? FileManager.default.removeItem(at: directory)
  }

  /// Adds the next event.
  func add(_ event: Event) throws {
    batch.append(event)
    if batch.count >= Self.batchSize { try flush() }
  }

  /// What followed from all events before a time, in milliseconds since 1970.
  func snapshot(at time: Int64) throws -> BehaviourSnapshot? {
    try flush()
    clock.time = time
    return try store?.snapshot()
  }

  private func flush() throws {
    guard let last = batch.map(\.time).max() else { return }
    clock.time = last
    _ = try store?.record(batch)
    batch.removeAll(keepingCapacity: true)
  }
}

/// The time that a replay is at.
private final class ReplayClock: Sendable {
  private let value = Mutex<Int64>(0)

  var time: Int64 {
    get { value.withLock { $0 } }
    set { value.withLock { $0 = newValue } }
  }
}
