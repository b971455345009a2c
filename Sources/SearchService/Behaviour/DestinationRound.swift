// SPDX-License-Identifier: Apache-2.0

import Behaviour
import JSON
import SearchIndex

/// One round of telling destinations what rules have counted.
struct DestinationRound {
  let engine: Engine
  var state: RuleDestinations.State

  mutating func run() {
    do {
      let revision = try engine.events.countsRevision()
      let rules = try engine.events.snapshot().rules()
      guard revision != state.told || state.rules != rules.map(\.json) else { return }
      state.problems = [:]
      state.counts.missing = 0
      tellQueries(rules.filter(\.tellsQueries))
      tellCounters()
      state.rules = rules.map(\.json)
      state.told = state.problems.isEmpty ? revision : nil
    } catch {
      state.problems[""] = "\(error)"
    }
  }

  mutating func note(_ rule: String, _ error: any Error) {
    if state.problems[rule] == nil { state.counts.missing += 1 }
    state.problems[rule] = (error as? IndexError)?.message ?? "\(error)"
  }

  /// Writes documents in batches; those that are refused are counted, and the first told of.
  ///
  /// - Returns: How many were written.
  mutating func write(
    _ operations: [DocumentOperation],
    to collection: String,
    for rule: String
  ) throws -> Int {
    var done = 0
    var start = 0
    while start < operations.count {
      let end = min(operations.count, start + RuleDestinations.batch)
      for result in try engine.write(Array(operations[start..<end]), to: collection) {
        switch result {
        case .success: done += 1
        // Somebody else removed it meanwhile.
        case .failure(let error) where error.code == .notFound: continue
        case .failure(let error):
          state.counts.refused += 1
          if state.problems[rule] == nil { state.problems[rule] = error.message }
        }
      }
      start = end
    }
    return done
  }
}

extension AnalyticsRule {
  fileprivate var tellsQueries: Bool {
    (kind == .popularQueries || kind == .noHitQueries) && destination != nil
  }
}
