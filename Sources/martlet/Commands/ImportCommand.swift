// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import SearchService

/// The verb `import` of the command line.
enum ImportCommand: Command {
  static let name = "import"
  static let summary = "read documents, one JSON object a line, into a collection"
  static let help = """
    Usage: martlet import --data-dir D --collection C [--schema S.json] [--action A] FILE.jsonl|-

    Adds the documents to the collection, which is made if it is missing: by the schema, or by one
    inferred from the first 1,000 documents. Bad lines are reported and the others imported; then
    the exit status is 2. What is counted as imported is on disk.

      --data-dir D     the data directory
      --collection C   the collection's name
      --schema S.json  the schema, {"fields": [{"name", "type"}, ...]}
      --action A       create, upsert (the default), update or emplace

    Examples:
      martlet import --data-dir data --collection shop --schema Examples/shop/schema.json \\
        Examples/shop/products.jsonl
      zcat products.jsonl.gz | martlet import --data-dir data --collection shop -
    """
  private static let badLinesShown = 20

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["data-dir", "collection", "schema", "action"],
      switches: []
    )
    let name = try arguments.required("collection")
    guard let path = arguments.positional.first, arguments.positional.count == 1 else {
      throw CommandError.usage("Name one file of JSON lines, or - for standard input.")
    }
    guard let action = DocumentOperation.Action(rawValue: arguments.values["action"] ?? "upsert"),
      action != .delete
    else { throw CommandError.usage("--action takes create, upsert, update or emplace.") }
    guard var reader = LineReader(path: path) else {
      throw CommandError(message: "Could not read '\(path)': check the path and its permissions.")
    }
    let store = try IndexStore(directory: try arguments.required("data-dir"))
    var head: [[UInt8]] = []
    let collection: Collection
    if let existing = try? store.collection(named: name) {
      collection = existing
    } else {
      collection = try store.createCollection(
        try schema(arguments, name: name, &reader, head: &head)
      )
    }
    try load(&reader, head, into: collection, action: action)
  }

  private static func schema(
    _ arguments: Arguments,
    name: String,
    _ reader: inout LineReader,
    head: inout [[UInt8]]
  ) throws -> CollectionSchema {
    if let path = arguments.values["schema"] {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw CommandError(message: "Could not read the schema '\(path)': check the path.")
      }
      var schema = try CollectionSchema(json: JSON(parsing: Array(data)), name: name)
      schema.name = name
      return schema
    }
    while head.count < 1000, try reader.next({ head.append(Array($0)) }) {}
    let sample = head.compactMap { try? JSON(parsing: $0) }
    return .inferred(name: name, from: sample)
  }

  private static func load(
    _ reader: inout LineReader,
    _ head: [[UInt8]],
    into collection: Collection,
    action: DocumentOperation.Action
  ) throws {
    var importer = Importer(into: collection, action: action)
    var progress = Progress("documents", total: reader.size)
    var shown = 0
    func report(_ bad: [Importer.BadLine]) {
      for line in bad {
        shown += 1
        if shown <= badLinesShown { note("line \(line.line): \(line.reason)") }
        if shown == badLinesShown + 1 { note("further bad lines are only counted") }
      }
    }
    var line = 0
    for bytes in head {
      line += 1
      report(try bytes.withUnsafeBufferPointer { try importer.add($0, line: line) })
    }
    while true {
      var bad: [Importer.BadLine] = []
      line += 1
      guard try reader.next({ bad = try importer.add($0, line: line) }) else { break }
      report(bad)
      if line % 256 == 0 { progress.show(importer.imported, consumed: reader.consumed) }
    }
    report(try importer.flush())
    collection.waitForMerges()
    progress.finish(importer.imported, refused: importer.refused)
    if importer.refused > 0 { exit(2) }
  }
}
