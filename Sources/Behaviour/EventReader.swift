// SPDX-License-Identifier: Apache-2.0

import LMDBStore

/// Reads the events of a data directory, which another process may have open and be writing to.
public final class EventReader {
  private let environment: Environment
  private let tables: Tables

  /// Opens a directory to read.
  ///
  /// - Throws: ``BehaviourError`` if it has no events, or such of another version; `StoreError` if it
  ///   cannot be read or is damaged.
  public init(directory: String) throws {
    var options = Environment.Options()
    options.readOnly = true
    environment = try Environment(directory: directory, options: options)
    tables = try Tables(environment, create: false)
  }

  /// A view of everything as of the last commit.
  ///
  /// - Throws: ``BehaviourError`` if there are no events.
  public func snapshot() throws -> BehaviourSnapshot {
    let transaction = try environment.read()
    guard let keyed = try EventCore.key(transaction, tables) else {
      throw BehaviourError(.invalid, "There are no events yet: send some, or import a history.")
    }
    return BehaviourSnapshot(
      transaction: transaction,
      tables: tables,
      keyed: keyed,
      options: EventStore.Options()
    )
  }
}
