// SPDX-License-Identifier: Apache-2.0

/// Candidates between stages.
struct RankingState {
  var order: [Int]
  var scores: [Double]
  var explanations: [[StageExplanation]]
  private var pins: [(place: Int, candidate: Int)] = []

  init(candidates: RankingCandidates, explain: Bool) {
    order = Array(candidates.keys.indices)
    scores = candidates.scores
    explanations = explain ? Array(repeating: [], count: order.count) : []
  }

  /// Puts a stage's result into effect.
  mutating func apply(
    _ output: StageOutput,
    of stage: RankingStage,
    window: Int,
    reason: (UInt32) -> String?
  ) {
    let count = min(output.scores.count, window)
    guard count > 0, stage.fallback == .keep || count == window else { return }
    let head = Array(order.prefix(count))
    var isUnchanged = explanations.isEmpty
    for place in 0..<count {
      let candidate = head[place]
      // The difference of two huge scores can overflow where neither does.
      let moved = scores[candidate] * (1 - stage.weight) + output.scores[place] * stage.weight
      isUnchanged =
        isUnchanged && moved == scores[candidate] && output.pins[place] == 0
        && !output.drops[place]
      scores[candidate] = moved
    }
    if isUnchanged { return }
    var places = head.indices.filter { !output.drops[$0] }
    places.sort { left, right in
      let (a, b) = (scores[head[left]], scores[head[right]])
      return a == b ? left < right : a > b
    }
    lowerTail(from: count, below: places.last.map { scores[head[$0]] })
    order.replaceSubrange(..<count, with: places.map { head[$0] })
    for place in places where output.pins[place] > 0 {
      pins.append((Int(output.pins[place]), head[place]))
    }
    guard !explanations.isEmpty else { return }
    for (rank, place) in places.enumerated() {
      let code = output.reasons[place]
      explanations[head[place]].append(
        StageExplanation(
          plugin: stage.plugin,
          score: scores[head[place]],
          rank: rank + 1,
          reason: code == 0 ? nil : reason(code),
          pin: output.pins[place] == 0 ? nil : Int(output.pins[place]),
          attribution: output.attributions[place]
        )
      )
    }
  }

  /// Keeps scores descending along the order, as the next stage's sort supposes: where candidates
  /// that were not scored have higher scores than one that was, all of them go down alike.
  private mutating func lowerTail(from start: Int, below lowest: Double?) {
    guard let lowest, start < order.count else { return }
    let excess = scores[order[start]] - lowest
    guard excess > 0 else { return }
    // The difference is rounded: the minimum keeps the order exact.
    for candidate in order[start...] { scores[candidate] = min(scores[candidate] - excess, lowest) }
  }

  /// Moves pinned candidates to their places.
  ///
  /// A place goes to the stage that asked first, then to
  /// the better candidate; who finds it taken gets the next free one.
  mutating func applyPins() {
    guard !pins.isEmpty else { return }
    let present = Set(order)
    var taken: [Int: Int] = [:]
    var pinned: Set<Int> = []
    for (place, candidate) in pins
    where present.contains(candidate) && pinned.insert(candidate).inserted {
      var free = min(place, order.count) - 1
      while taken[free] != nil { free += 1 }
      taken[free] = candidate
    }
    var rest = order.filter { !pinned.contains($0) }[...]
    var result: [Int] = []
    result.reserveCapacity(order.count)
    var place = 0
    while result.count < order.count {
      if let candidate = taken.removeValue(forKey: place) {
        result.append(candidate)
      } else if let next = rest.popFirst() {
        result.append(next)
      }
      place += 1
    }
    order = result
  }
}
