// SPDX-License-Identifier: Apache-2.0

import Behaviour
import Foundation
import JSON
import SearchIndex
import SearchService

/// The verb `export` of the command line.
enum ExportCommand: Command {
  static let name = "export"
  static let summary = "write what a ranking model is trained on"
  static let help = """
    Usage: martlet export training --data-dir D --collection C [OPTIONS] FILE.jsonl|-

    Writes queries with their candidates, the candidates' features and labels, one JSON object a
    line; Training/ makes a ranking model of them. Labels come from judgments, and from what shoppers
    did: 0 shown, 1 clicked, 2 put into a cart, 3 bought. Features of a shopper's search are as of
    that search. Clicks at the top of a page are partly the position's doing: each label has its
    position, and the first line how likely each position is looked at.

      --judgments F.tsv   judged queries: query, id, grade
      --events            searches of the log of which something came
      --most-searches N   of these at most, the latest; 20000 unless told
      --query-by LIST     the searched fields; all text fields unless told
      --query-by-weights W
      --window N          candidates of a query, 100 unless told
      --columns LIST      features; all numeric fields and all of events unless told
      --no-texts          leave out the documents' texts, which the encoder is run on

    Examples:
      martlet export training --data-dir data --collection shop --query-by title,description \\
        --judgments judgments.tsv training.jsonl
      martlet export training --data-dir data --collection shop --events - | zstd > training.zst
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: [
        "data-dir", "collection", "judgments", "most-searches", "query-by", "query-by-weights",
        "window", "columns",
      ],
      switches: ["events", "no-texts"]
    )
    guard arguments.positional.first == "training", arguments.positional.count == 2 else {
      throw CommandError.usage("Say 'martlet export training' and one file, or - for output.")
    }
    guard arguments.values["judgments"] != nil || arguments.flags.contains("events") else {
      throw CommandError.usage("Say what the labels are: --judgments F.tsv, --events or both.")
    }
    let store = try IndexStore(directory: try arguments.existingDataDirectory())
    let events = try EventStore(environment: store.environment)
    var options = TrainingExport.Options(collection: try arguments.required("collection"))
    for name in ["query-by", "query-by-weights"] {
      options.parameters[name.replacing("-", with: "_")] = arguments.values[name]
    }
    options.window = try arguments.integer("window", default: options.window)
    options.mostSearches = try arguments.integer("most-searches", default: options.mostSearches)
    guard (1...1000).contains(options.window), options.mostSearches > 0 else {
      throw CommandError.usage("--window takes 1 to 1000, and --most-searches 1 or more.")
    }
    if arguments.values["columns"] != nil { options.columns = arguments.list("columns") }
    options.writesTexts = !arguments.flags.contains("no-texts")
    let output = try LineWriter(path: arguments.positional[1])
    var last = DispatchTime.now().uptimeNanoseconds
    var export = try TrainingExport(options, store: store, events: events) {
      try output.write($0.serialized())
    } progress: { done, all in
      let now = DispatchTime.now().uptimeNanoseconds
      guard now - last > 1_000_000_000 else { return }
      last = now
      note("\(done) of \(all) queries")
    }
    try export.writeHeader()
    if let path = arguments.values["judgments"] {
      try export.writeJudgments(try Judgments(path: path))
    }
    if arguments.flags.contains("events") { try export.writeSearches() }
    try output.finish()
    let totals = export.totals
    note(
      "\(totals.lists) queries, \(totals.candidates) candidates, \(totals.labels) labels; "
        + "\(totals.leftOut) queries left out, since none of their labelled products was found"
    )
    withExtendedLifetime(store) {}
  }
}
