// SPDX-License-Identifier: Apache-2.0

import LMDBStore

extension EventCore {
  /// Events of a shopper that are forgotten in one transaction.
  private static let forgottenAtOnce = 2000

  /// Forgets the latest events of a shopper, with what they were counted as; once none is left, the
  /// profile too.
  ///
  /// `orphans` gets what those events named and nothing is counted of any more.
  ///
  /// Returns whether the shopper is forgotten; if not, call again.
  func forgetStep(_ shopper: UInt64, optOut: Bool, _ orphans: inout Orphans) throws -> Bool {
    try write { ingestion in
      let profile = try ingestion.profile(shopper)
      var left = Self.forgottenAtOnce
      while profile.state.head != 0, left > 0 {
        let key = Key.of(profile.state.head)
        guard let bytes = try ingestion.transaction.get(tables.log, key) else {
          profile.state.head = 0
          break
        }
        let record = try LogRecord(bytes)
        try ingestion.ledger.apply(record, sign: -1, rules)
        if record.kind == .search {
          try ingestion.ledger.forget(record.shopper, of: record.query)
        }
        orphans.add(record)
        try ingestion.transaction.delete(tables.log, key)
        profile.state.head = record.previous
        left -= 1
      }
      let isDone = profile.state.head == 0
      let sessions = profile.state.sessions
      try ingestion.ledger.keepBare(&orphans)
      try ingestion.finish()
      if isDone {
        for session in sessions { try ingestion.endSession(session.id, of: shopper) }
        if optOut {
          var state = ShopperState()
          state.isOptedOut = true
          try ingestion.transaction.put(tables.shoppers, Key.of(shopper), state.bytes)
        } else {
          try ingestion.transaction.delete(tables.shoppers, Key.of(shopper))
        }
      }
      return isDone
    }
  }
}
