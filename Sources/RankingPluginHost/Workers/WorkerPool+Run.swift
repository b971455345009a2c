// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
import Foundation
internal import Ranking

extension WorkerPool {
  /// Nanoseconds between the plugin's deadline and the host's, for handing scores back: a tenth of
  /// the time, at most this.
  private static let handBack: UInt64 = 200_000
  /// A call whose like lately took less than this is waited for awake, in nanoseconds: going to
  /// sleep and being woken costs about as much.
  private static let spin: UInt64 = 100_000

  /// Scores a window on a worker and returns by the deadline, whatever the plugin does.
  func run(_ input: StageInput) -> StageOutput {
    let started = martlet_now()
    guard breakerAllows(now: started) else {
      metrics.recordUnreached(.breakerOpen)
      return StageOutput(
        status: .breakerOpen,
        message: "The plugin has failed too often and rests."
      )
    }
    guard let worker = take(until: input.deadline) else {
      breakerSkip()
      metrics.recordUnreached(.skipped)
      return StageOutput(status: .skipped, message: "All workers of the plugin are busy.")
    }
    let output = call(worker, input, started)
    breakerRecord(success: output.status == .ok || output.status == .partial)
    metrics.record(output.status, nanoseconds: martlet_now() - started)
    return output
  }

  private func call(_ worker: any Worker, _ input: StageInput, _ started: UInt64) -> StageOutput {
    let slot = worker.slot
    let time = input.deadline > started ? input.deadline - started : 0
    let deadline = input.deadline - min(time / 10, Self.handBack)
    let armed = martlet_slot_armed.rawValue
    guard martlet_exchange(slot.state, martlet_slot_idle.rawValue, armed) else {
      return StageOutput(status: .error, message: "The plugin's process ended before the call.")
    }
    // The worker wakes up while the batch is written.
    martlet_wake(slot.state, 1)
    let window = slot.write(input, needs: needs, deadline: deadline)
    guard window > 0 else {
      give(worker, from: martlet_slot_armed)
      return StageOutput(status: .error, message: "The query does not fit a worker's memory.")
    }
    let ready = martlet_slot_ready.rawValue
    guard martlet_exchange(slot.state, armed, ready) else {
      return StageOutput(status: .error, message: "The plugin's process ended before the call.")
    }
    martlet_wake(slot.state, 1)
    while true {
      let word = wait(slot, until: input.deadline)
      switch word {
      case martlet_slot_explaining.rawValue:
        var output = finished(slot, window, of: input.order.count)
        let word = waitForExplanation(slot, input.attributions, &output)
        if word == martlet_slot_done.rawValue {
          output.attributions = slot.attributions(input.attributions, window: window)
          give(worker, from: martlet_slot_done)
          return output
        }
        if word == martlet_slot_dead.rawValue { return output }
        // The scores stand; the call that still explains them is given up as a late one is.
        martlet_store(slot.cancel, 1)
        if abandon(worker, word) { return output }
      case martlet_slot_done.rawValue:
        var output = finished(slot, window, of: input.order.count)
        output.attributions = slot.attributions(input.attributions, window: window)
        give(worker, from: martlet_slot_done)
        return output
      case martlet_slot_dead.rawValue:
        return StageOutput(status: .error, message: "The plugin's process ended during the call.")
      default:
        let output = late(slot, window)
        if abandon(worker, word) { return output }
      }
    }
  }

  /// Waits until the call is done or the deadline has come; the state.
  private func wait(_ slot: Slot, until deadline: UInt64) -> UInt32 {
    let started = martlet_now()
    let spinEnd = started + (usualTime < Self.spin ? Self.spin : 0)
    while true {
      let word = martlet_load(slot.state)
      let isRunning = word == martlet_slot_ready.rawValue || word == martlet_slot_running.rawValue
      let now = martlet_now()
      guard isRunning, now < deadline else {
        noteTime(now - started)
        return word
      }
      if now < spinEnd { sched_yield() } else { _ = martlet_wait(slot.state, word, deadline) }
    }
  }

  /// Waits until the scores are explained or the time for it has gone; the state.
  private func waitForExplanation(
    _ slot: Slot,
    _ limits: AttributionLimits,
    _ output: inout StageOutput
  ) -> UInt32 {
    let started = martlet_now()
    let explaining = martlet_slot_explaining.rawValue
    // The plugin's own deadline comes first, so that one that keeps it is not given up.
    let end = started + limits.nanoseconds + limits.nanoseconds / 10
    while martlet_load(slot.state) == explaining, martlet_now() < end {
      _ = martlet_wait(slot.state, explaining, end)
    }
    output.attributionNanoseconds = martlet_now() - started
    return martlet_load(slot.state)
  }

  private func finished(_ slot: Slot, _ window: Int, of wanted: Int) -> StageOutput {
    switch slot.memory.pointee.status {
    case 0:
      var output = slot.read(status: .ok, window: window)
      if output.status == .ok, output.scores.count < wanted {
        output.status = .partial
        output.message = "Only \(output.scores.count) candidates fit a worker's memory."
      }
      return output
    case 1:
      var output = slot.read(status: .partial, window: window)
      if output.status == .partial, output.scores.isEmpty { output.status = .timeout }
      return output
    default:
      return StageOutput(status: .error, message: slot.error ?? "The plugin gave no reason.")
    }
  }

  /// The output of a call that is still running: the chunks that it had finished.
  private func late(_ slot: Slot, _ window: Int) -> StageOutput {
    martlet_store(slot.cancel, 1)
    var output = slot.read(status: .partial, window: window)
    if output.status == .partial, output.scores.isEmpty { output.status = .timeout }
    output.message = output.message ?? "The plugin did not return in time."
    return output
  }

  /// Ranks made-up candidates that lack every feature: a warm-up and a check before real queries.
  func selfCheck() throws(PluginError) {
    let count = 64
    let needs = needs
    let scores = (0..<count).map { Double(count - $0) }
    let input = StageInput(
      context: RankingContext(text: ""),
      candidates: RankingCandidates(keys: Array(0..<UInt64(count)), scores: scores),
      order: Array(0..<count)[...],
      scores: scores,
      identifiers: needs.identifiers ? TextColumn((0..<count).map { "check-\($0)" }) : nil,
      columns: needs.columns.map { _ in nil },
      deadline: martlet_now() + 1_000_000_000
    )
    let output = run(input)
    guard output.status == .ok || output.status == .partial else {
      throw PluginError(
        "The plugin failed the self-check: \(output.status.rawValue), "
          + (output.message ?? "no reason given")
      )
    }
  }
}
