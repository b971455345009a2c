// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDBStore
import TestSupport
import Testing

@testable import Behaviour

/// A process that writes events is killed while it does, and its data directory opened again.
struct CrashTests {
  private static let place = "MARTLET_CRASH_DIRECTORY"
  private static var directory: String? { ProcessInfo.processInfo.environment[place] }
  private static let threads = 4

  /// The child's part: sends numbered purchases without end, and writes down each acknowledged.
  @Test(.enabled(if: CrashTests.directory != nil))
  func sendUntilKilled() throws {
    let directory = try #require(Self.directory)
    let store = try EventStore(environment: Environment(directory: directory))
    let started = Int(ProcessInfo.processInfo.systemUptime * 1000)
    let descriptor = open(directory + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    DispatchQueue.concurrentPerform(iterations: Self.threads) { thread in
      for number in 0... {
        let id = "\(started)-\(thread)-\(number)"
        let event = Self.event(id, thread)
        // Every event is sent twice, as after an answer that was lost.
        guard let first = try? store.record([event]), first[0].isAccepted,
          let second = try? store.record([event, event]), second == [.duplicate, .duplicate]
        else { return }
        let line = Array("\(id)\n".utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      }
    }
  }

  private static func event(_ id: String, _ thread: Int) -> Event {
    var event = Event.of(
      .purchase,
      "p\(thread)",
      by: "u-\(id)",
      at: Int64(Date().timeIntervalSince1970 * 1000)
    )
    event.id = id
    return event
  }

  @Test func killLosesNoAcknowledgedEventAndCountsNoneTwice() throws {
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SeededRandom(seed: seed)
    try withTemporaryDirectory { directory in
      for round in 0..<6 {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: executable)
        child.arguments = [
          "--testing-library", "swift-testing", "--filter", "CrashTests.sendUntilKilled",
        ]
        child.environment = ProcessInfo.processInfo.environment.merging(
          [Self.place: directory]
        ) { $1 }
        child.standardOutput = FileHandle.nullDevice
        child.standardError = FileHandle.nullDevice
        try child.run()
        usleep(UInt32.random(in: 200_000...700_000, using: &random))
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        #expect(child.terminationReason == .uncaughtSignal, "seed \(seed), round \(round)")
        try check(directory, "seed \(seed), round \(round)")
      }
      let acknowledged = try String(contentsOfFile: directory + "/acknowledged", encoding: .utf8)
      #expect(acknowledged.split(separator: "\n").count > 50, "seed \(seed)")
    }
  }

  private func check(_ directory: String, _ note: String) throws {
    let text = (try? String(contentsOfFile: directory + "/acknowledged", encoding: .utf8)) ?? ""
    // The last line may be cut short.
    let acknowledged = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let store = try EventStore(environment: Environment(directory: directory))
    let snapshot = try store.snapshot()
    var ids: [String: Int] = [:]
    var purchases: [String: Int] = [:]
    try snapshot.forEachEvent { event, _ in
      ids[event.id, default: 0] += 1
      purchases[event.items[0].product, default: 0] += 1
    }
    #expect(ids.values.allSatisfy { $0 == 1 }, "\(note)")
    #expect(acknowledged.allSatisfy { ids[String($0)] == 1 }, "\(note)")
    for (product, count) in purchases {
      let counted = try snapshot.counters(product: product, collection: "").purchases
      #expect(abs(Double(counted) - Double(count)) < 0.01 * Double(count) + 0.01, "\(note)")
    }
    // What was not acknowledged may be sent again by the one who waits for the answer.
    for id in acknowledged.suffix(3) {
      #expect(try store.record([Self.event(String(id), 0)]) == [.duplicate], "\(note)")
    }
  }
}
