// SPDX-License-Identifier: Apache-2.0

import LMDBStore

extension EventStore {
  /// Events of the log, from its end, that positions are learnt from.
  private static let learntFrom: UInt64 = 1_000_000

  /// How likely each position of the results is looked at, as last learnt.
  public func propensities() throws -> Propensities {
    try writer.perform { $0.propensities }
  }

  /// Learns how likely each position of the results is looked at, and counts by that from now on.
  ///
  /// From the last million events; done every six hours by itself.
  /// Reads a snapshot on the calling thread; writers do not wait.
  @discardableResult
  public func learnPropensities() throws -> Propensities {
    var estimator = PropensityEstimator()
    let transaction = try core.environment.read()
    let last = try EventCore.sequence(transaction, core.tables)
    let first = last > Self.learntFrom ? last - Self.learntFrom : 0
    try transaction.walk(core.tables.log, from: Key.of(first)) { _, value in
      estimator.add(try LogRecord(value))
      return true
    }
    let learnt = estimator.estimate()
    try writer.perform { core in
      try core.environment.write {
        try $0.put(core.tables.meta, Array("propensities".utf8), learnt.bytes)
      }
      core.propensities = learnt
    }
    return learnt
  }
}
