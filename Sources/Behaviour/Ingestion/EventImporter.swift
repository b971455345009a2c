// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Reads events from lines and records them in batches: while one batch is being written, the next
/// is read.
///
/// One thread at a time.
public final class EventImporter {
  /// What has become of the lines so far.
  public struct Totals: Sendable {
    /// Events that are on disk now.
    public var accepted = 0
    /// Events that were known already.
    public var duplicates = 0
    /// Lines refused.
    public var refused = 0
    /// Lines refused, by reason.
    public var reasons: [String: Int] = [:]
    /// The first refused lines, by their numbers, and why.
    public var problems: [(line: Int, reason: String)] = []

    mutating func refuse(_ problem: EventProblem, line: Int) {
      refused += 1
      reasons[problem.reason.rawValue, default: 0] += 1
      if problems.count < 20 { problems.append((line, problem.message)) }
    }
  }

  private struct Progress {
    var totals = Totals()
    var failure: (any Error)?
  }

  private static let batchSize = 16_384
  private static let mostBatches = 2

  private let store: EventStore
  private let defaults: EventDefaults
  private let parser: EventParser
  private var batch: [Event] = []
  private var lines: [Int] = []
  private let progress = Locked(Progress())
  private let slots = DispatchSemaphore(value: mostBatches)

  /// Records into a store; `defaults` are for what events leave out.
  public init(_ store: EventStore, _ defaults: EventDefaults) throws {
    self.store = store
    self.defaults = defaults
    parser = try EventParser()
  }

  /// What has become of the lines so far.
  public var totals: Totals { progress.get().totals }

  /// Reads one line; blank ones are passed over.
  ///
  /// - Throws: What an earlier batch failed with; bad lines are counted, not thrown.
  public func add(_ bytes: UnsafeBufferPointer<UInt8>, line: Int) throws {
    guard bytes.contains(where: { $0 > 0x20 }) else { return }
    do {
      batch.append(try parser.parse(bytes, defaults))
      lines.append(line)
    } catch let problem as EventProblem {
      progress.update { $0.totals.refuse(problem, line: line) }
    }
    if batch.count >= Self.batchSize { try flush() }
  }

  /// Records what is left and waits until all is on disk.
  public func finish() throws {
    try flush()
    for _ in 0..<Self.mostBatches { slots.wait() }
    for _ in 0..<Self.mostBatches { slots.signal() }
    if let failure = progress.get().failure { throw failure }
  }

  private func flush() throws {
    if let failure = progress.get().failure { throw failure }
    guard !batch.isEmpty else { return }
    slots.wait()
    let (events, numbers) = (batch, lines)
    batch = []
    lines = []
    batch.reserveCapacity(Self.batchSize)
    lines.reserveCapacity(Self.batchSize)
    do {
      try store.submit(events) { [progress, slots] result in
        progress.update { Self.note(result, numbers, &$0) }
        slots.signal()
      }
    } catch {
      slots.signal()
      throw error
    }
  }

  private static func note(
    _ result: Result<[Outcome], any Error>,
    _ lines: [Int],
    _ progress: inout Progress
  ) {
    switch result {
    case .failure(let error): progress.failure = error
    case .success(let outcomes):
      for (index, outcome) in outcomes.enumerated() {
        switch outcome {
        case .accepted: progress.totals.accepted += 1
        case .duplicate: progress.totals.duplicates += 1
        case .refused(let problem): progress.totals.refuse(problem, line: lines[index])
        }
      }
    }
  }
}
