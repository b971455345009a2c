// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import JSON
import SearchIndex
import SearchService

/// The verb `events` of the command line.
enum EventsCommand: Command {
  static let name = "events"
  static let summary = "import or export what shoppers did, one JSON object a line"
  static let help = """
    Usage: martlet events import --data-dir D [--collection C] FILE.jsonl|-
           martlet events export --data-dir D [--people] [FILE.jsonl|-]
           martlet events bench  --data-dir D [--seconds 5]

    Import reads events in the forms of Typesense's analytics and of User Behavior Insights 1.3. What
    is counted as imported is on disk; an event whose id, or whose content and time, is known is
    counted as known and not again, so a broken import may be repeated. Bad lines are reported; then
    the exit status is 2.

    Export writes events in the order of arrival, with hashes in place of shoppers' and sessions' ids.

    Bench adds invented events to a fresh data directory and tells, as JSON: durable events a second
    in batches of 1,000; the time from handing over to the disk of single events, 1,000 a second; the
    time from a purchase's acknowledgement, among those, to ranking that knows of it; and how long a
    shopper's profile takes to read meanwhile, and the columns of 1,000 candidates.

      --data-dir D     the data directory
      --collection C   the collection of events that name none
      --people         leave out the events of bots

    Examples:
      martlet events import --data-dir data --collection shop events.jsonl
      martlet events export --data-dir data > events.jsonl
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["data-dir", "collection", "seconds"],
      switches: ["people"]
    )
    guard let verb = arguments.positional.first, ["import", "export", "bench"].contains(verb),
      arguments.positional.count <= 2
    else { throw CommandError.usage("Say 'martlet events import', 'export' or 'bench'.") }
    let path = arguments.positional.dropFirst().first
    // Events may come before products, so importing makes the directory.
    let directory =
      verb == "export"
      ? try arguments.existingDataDirectory() : try arguments.required("data-dir")
    let index = try IndexStore(directory: directory)
    let store = try EventStore(environment: index.environment)
    if verb == "bench" {
      let seconds = try arguments.integer("seconds", default: 5)
      var benchmark = EventsBenchmark(store)
      print(String(decoding: try benchmark.run(seconds: seconds), as: UTF8.self))
    } else if verb == "export" {
      try export(store, to: path ?? "-", peopleOnly: arguments.flags.contains("people"))
    } else {
      guard let path else {
        throw CommandError.usage("Name one file of JSON lines, or - for standard input.")
      }
      try load(path, collection: arguments.values["collection"] ?? "", into: store)
    }
    withExtendedLifetime(index) {}
  }

  private static func load(_ path: String, collection: String, into store: EventStore) throws {
    guard var reader = LineReader(path: path) else {
      throw CommandError(message: "Could not read '\(path)': check the path and its permissions.")
    }
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    let importer = try EventImporter(store, EventDefaults(now: now, collection: collection))
    var progress = Progress("events", total: reader.size)
    var line = 0
    repeat {
      line += 1
      if line % 4096 == 0 { progress.show(importer.totals.accepted, consumed: reader.consumed) }
    } while try reader.next { try importer.add($0, line: line) }
    try importer.finish()
    let totals = importer.totals
    progress.finish(totals.accepted, refused: totals.refused)
    if totals.duplicates > 0 { print("\(totals.duplicates) events were known already") }
    for (line, reason) in totals.problems { note("line \(line): \(reason)") }
    for (reason, count) in totals.reasons.sorted(by: { $0.key < $1.key }) {
      note("\(count) refused as \(reason)")
    }
    if totals.refused > 0 { exit(2) }
  }

  private static func export(_ store: EventStore, to path: String, peopleOnly: Bool) throws {
    let output = try LineWriter(path: path)
    try store.snapshot().forEachEvent { event, isExcluded in
      if peopleOnly, isExcluded { return }
      try output.write(event.json.serialized())
    }
    try output.finish()
  }
}
