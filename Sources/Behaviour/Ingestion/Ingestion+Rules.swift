// SPDX-License-Identifier: Apache-2.0

import LMDBStore

extension Ingestion {
  /// Events of a shopper that are looked through for the search that another continues.
  private static let mostLooked = 16

  /// Decides which analytics rules count an event, and as what.
  func applyRules(to event: Event, _ record: inout LogRecord, _ profile: Profile) throws {
    let rules = core.rules.matching(event)
    if !event.name.isEmpty { (record.filter, record.tag) = (event.filter, event.tag) }
    if record.collapsed != 0 { record.withdrawn = try counted(asBefore: record, profile) }
    guard
      !rules.isEmpty || !record.withdrawn.isEmpty || !record.filter.isEmpty
        || !record.tag.isEmpty
    else { return }
    record.flags.insert(.hasSubjects)
    record.rules = rules
    record.subjects = try rules.map { number in
      guard let rule = core.rules[number]?.definition, let subject = rule.form(of: event) else {
        return record.query
      }
      return try core.names.number(subject.form(of: event.collection), transaction)
    }
  }

  /// What rules have counted the search as that a record continues.
  private func counted(
    asBefore record: LogRecord,
    _ profile: Profile
  ) throws -> [(rule: UInt32, subject: UInt32)] {
    var sequence = profile.state.head
    for _ in 0..<Self.mostLooked where sequence != 0 {
      guard let bytes = try transaction.get(tables.log, Key.of(sequence)) else { break }
      let before = try LogRecord(bytes)
      if before.kind == .search, before.query == record.collapsed,
        before.session == record.session, before.flags.contains(.counted)
      {
        return zip(before.rules, before.subjects).filter {
          core.rules[$0.0]?.definition.countsQueries ?? false
        }.map { ($0.0, $0.1) }
      }
      sequence = before.previous
    }
    return []
  }
}
