// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Measures how long scoring takes.
public enum ScoringClock {
  /// The median time, in microseconds, of scoring 1,000 candidates for a shopper with 100 past items,
  /// over 1,000 shoppers made by chance: histories as popular as the interactions, candidates evenly.
  public static func medianMicroseconds(
    _ model: FilterModel,
    _ interactions: Interactions
  ) -> Double {
    guard model.count > 0, interactions.matrix.count > 0 else { return 0 }
    let numbers = interactions.items.map { model.number(of: $0) }
    var random = SplitMix64(seed: 1)
    var scorer = FilterScorer(model)
    var times: [UInt64] = []
    for _ in 0..<1000 {
      let history = (0..<100).compactMap { _ in
        interactions.matrix.columns.randomElement(using: &random)
          .flatMap { numbers[Int($0)] }.map { HistoryItem($0) }
      }
      let candidates = (0..<1000).map { _ in
        UInt32.random(in: 0..<UInt32(model.count), using: &random)
      }
      let started = DispatchTime.now().uptimeNanoseconds
      _ = scorer.scores(of: candidates, history: history)
      times.append(DispatchTime.now().uptimeNanoseconds - started)
    }
    times.sort()
    return Double(times[times.count / 2]) / 1000
  }
}
