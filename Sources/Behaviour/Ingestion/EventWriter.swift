// SPDX-License-Identifier: Apache-2.0
//
// Group commit: while one transaction is being written to disk, events gather; the next transaction
// takes all of them. So the cost of reaching the disk is shared by whoever waits for it.

import Foundation

/// The one thread that writes events.
final class EventWriter: @unchecked Sendable {
  typealias Completion = @Sendable (Result<[Outcome], any Error>) -> Void

  private enum Request {
    case events([Event], Completion)
    case job((EventCore) throws -> Void, @Sendable ((any Error)?) -> Void)
  }

  /// Events in one transaction at most: LMDB bounds how many pages one may change.
  private static let mostInGroup = 8192

  /// Let go when the thread ends, so that whoever waited for that may open the directory again.
  private var core: EventCore?
  private let mostWaiting: Int
  private let condition = NSCondition()
  private var requests: [Request] = []
  private var waiting = 0
  private var isClosed = false
  private var isStopped = false

  private var thread: Thread?

  init(_ core: EventCore) {
    self.core = core
    mostWaiting = core.options.mostWaiting
    let thread = Thread { [self] in run() }
    thread.name = "martlet.events"
    thread.stackSize = 1 << 20
    self.thread = thread
    thread.start()
  }

  /// Hands events over; `completion` is called once they are on disk or have failed.
  func submit(_ events: [Event], _ completion: @escaping Completion) throws {
    condition.lock()
    defer { condition.unlock() }
    guard !isClosed else { throw Self.closed }
    guard waiting == 0 || waiting + events.count <= mostWaiting else {
      throw BehaviourError(.busy, "Too many events wait to be written: try again in a second.")
    }
    waiting += events.count
    requests.append(.events(events, completion))
    condition.signal()
  }

  /// Runs `body` on the writing thread, after what was handed over before, and waits for it.
  func perform<T>(_ body: @escaping (EventCore) throws -> T) throws -> T {
    let result = Locked<Result<T, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    condition.lock()
    guard !isClosed else {
      condition.unlock()
      throw Self.closed
    }
    requests.append(
      .job({ core in result.set(.success(try body(core))) }) { error in
        if let error { result.set(.failure(error)) }
        done.signal()
      }
    )
    condition.signal()
    condition.unlock()
    done.wait()
    guard let result = result.get() else { throw Self.closed }
    return try result.get()
  }

  /// Writes what has been handed over and ends the thread.
  func close() {
    condition.lock()
    isClosed = true
    condition.broadcast()
    // The last owner may let go on the writing thread itself, which then ends by itself.
    while !isStopped, Thread.current !== thread { condition.wait() }
    condition.unlock()
  }

  private static var closed: BehaviourError {
    BehaviourError(.closed, "The store of events is closed.")
  }

  private func run() {
    while let core, turn(core) {}
    condition.lock()
    core = nil
    thread = nil
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }

  /// Waits for requests and serves them; returns false once closed and all are served.
  private func turn(_ core: EventCore) -> Bool {
    condition.lock()
    while requests.isEmpty, !isClosed {
      let pause = core.sweep.part == .done ? 1 : 0.002
      if !condition.wait(until: Date(timeIntervalSinceNow: pause)) { break }
    }
    let taken = requests
    requests.removeAll()
    waiting = 0
    let isLast = isClosed && taken.isEmpty
    condition.unlock()
    if isLast { return false }
    if taken.isEmpty {
      // Nothing to do: a step of the sweep, if one is due. What fails is tried again later.
      _ = try? core.sweepStep()
    } else {
      serve(taken, core)
    }
    return true
  }

  private func serve(_ taken: [Request], _ core: EventCore) {
    var group: [Event] = []
    var members: [(count: Int, completion: Completion)] = []
    func write() {
      if members.isEmpty { return }
      do {
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(group.count)
        // Only a request that is larger than a group of its own takes more than one turn.
        for start in stride(from: 0, to: group.count, by: Self.mostInGroup) {
          outcomes += try core.ingest(group[start..<min(start + Self.mostInGroup, group.count)])
        }
        var start = 0
        for member in members {
          member.completion(.success(Array(outcomes[start..<(start + member.count)])))
          start += member.count
        }
      } catch {
        for member in members { member.completion(.failure(error)) }
      }
      group = []
      members.removeAll()
    }
    for request in taken {
      switch request {
      case .events(let events, let completion):
        if group.count + events.count > Self.mostInGroup { write() }
        // Sharing the array of a lone request spares touching each event's strings.
        if group.isEmpty { group = events } else { group += events }
        members.append((events.count, completion))
      case .job(let body, let completion):
        write()
        do {
          try body(core)
          completion(nil)
        } catch {
          completion(error)
        }
      }
    }
    write()
  }
}

/// A value that threads take turns at.
final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func get() -> Value { lock.withLock { value } }
  func set(_ value: Value) { lock.withLock { self.value = value } }
  func update<T>(_ body: (inout Value) throws -> T) rethrows -> T {
    try lock.withLock { try body(&value) }
  }
}
