// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import SearchService

/// The verb `bench` of the command line.
enum BenchCommand: Command {
  static let name = "bench"
  static let summary = "measure indexing, search and rules"
  static let help = """
    Usage: martlet bench search --catalog F.jsonl --queries Q.tsv [--threads 1] [--verify] [--json]
                                [--index D]
           martlet bench rules [--rules 10000]
           martlet bench suggest --completions F.tsv --prefixes P.tsv [--verify COUNT] [--json]
           martlet bench requests --data-dir D --requests F [--rounds 1]
           martlet bench vectors [--count 1000000] [--dimension 384]
           martlet bench kernels [--kernel NAME] [--rounds 10]

    search: builds a fresh index with one searched field, title, description, brand and category joined;
    merges it into one segment; then measures the ten best documents for each query, without typos,
    prefixes or counts, on one thread, in process: one warm-up, then the best of three.

    documents_per_second counts until all documents are committed and can be searched;
    optimize_seconds is the merge into one segment ordered by graph bisection that follows. --verify
    compares each result with that of scoring every document. --index names a directory that keeps the
    index; one that is there already is measured without being built.

    requests: times the answers to GET requests, a path with its query a line, one by one on one thread
    without sockets; each round answers all, the first of all not counted and the last one told.

    kernels: runs one inner loop, or whole answers, on made-up input, for tools that count instructions (Scripts/gates);
    without --kernel it lists them.

    rules: the time that curation rules take per search, with rule sets of several shapes; the best of
    four rounds of each search. build_ms is a whole index, change_one_ms a change of one rule.

    vectors: what stored vectors cost a query, with made-up ones: a comparison with all of them, as
    similar products need, and the column of 100 and of 1,000 documents, as ranking needs.

    \(SuggestBenchCommand.help)

    Example: martlet bench search --catalog catalog.jsonl --queries queries.tsv --json
    """

  static func run(_ words: [String]) throws {
    let rest = Array(words.dropFirst())
    switch words.first {
    case "search": try runSearch(rest)
    case "rules":
      let arguments = try Arguments(rest, options: ["rules"], switches: [])
      var bench = try RuleBenchmark(count: max(1, arguments.integer("rules", default: 10_000)))
      print(String(decoding: try bench.run().serialized(), as: UTF8.self))
    case "suggest": try SuggestBenchCommand.run(rest)
    case "requests": try runRequests(rest)
    case "vectors": try runVectors(rest)
    case "kernels": try runKernels(rest)
    default:
      throw CommandError.usage(
        "Say what to measure: search, suggest, rules, requests, vectors or kernels."
      )
    }
  }

  private static func runVectors(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["count", "dimension"], switches: [])
    let directory = NSTemporaryDirectory() + "martlet-bench-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let dimension = try arguments.integer("dimension", default: 384)
    guard (1...4096).contains(dimension) else {
      throw CommandError.usage("--dimension takes 1 to 4096.")
    }
    let bench = try VectorBenchmark(
      directory: directory,
      count: try arguments.integer("count", default: 1_000_000),
      dimension: dimension
    )
    print(String(decoding: try bench.run().serialized(), as: UTF8.self))
  }

  private static func runSearch(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["catalog", "queries", "threads", "index"],
      switches: ["json", "verify"]
    )
    guard try arguments.integer("threads", default: 1) == 1 else {
      throw CommandError.usage("--threads takes 1: each query is timed alone.")
    }
    let kept = arguments.values["index"]
    let directory = kept ?? NSTemporaryDirectory() + "martlet-bench-\(getpid())"
    defer { if kept == nil { try? FileManager.default.removeItem(atPath: directory) } }
    var report: [JSON.Member] = []
    if !FileManager.default.fileExists(atPath: directory) {
      report = try build(try arguments.required("catalog"), directory)
    }
    let opened = DispatchTime.now().uptimeNanoseconds
    let store = try IndexStore(directory: directory)
    report.append(
      JSON.Member("open_ms", milliseconds(since: opened))
    )
    let snapshot = try store.collection(named: "bench").snapshot
    guard let text = try? String(contentsOfFile: try arguments.required("queries"), encoding: .utf8)
    else { throw CommandError(message: "Could not read the queries: check the path.") }
    let queries = text.split(whereSeparator: \.isNewline).map(String.init)
    for (name, isConjunction) in [("or", false), ("and", true)] {
      let bench = try SearchBenchmark(snapshot: snapshot, queries: queries, all: isConjunction)
      report.append(JSON.Member(name, figures(bench.bestOfThree())))
      if arguments.flags.contains("verify") {
        let wrong = bench.mismatches()
        guard wrong.isEmpty else {
          throw CommandError(message: "Pruned and exhaustive results differ for: \(wrong[0])")
        }
        report.append(JSON.Member("\(name)_verified", .int(Int64(queries.count))))
      }
    }
    report.append(JSON.Member("resident_mb", .int(Int64(residentMegabytes))))
    let json = JSON.object(report)
    print(String(decoding: json.serialized(), as: UTF8.self))
  }

  private static func milliseconds(since start: UInt64) -> JSON {
    .double(Double((DispatchTime.now().uptimeNanoseconds - start) / 1000) / 1000)
  }

  private static func build(_ catalog: String, _ directory: String) throws -> [JSON.Member] {
    var field = Field(name: "text", type: .string)
    field.store = false
    let store = try IndexStore(directory: directory)
    let collection = try store.createCollection(CollectionSchema(name: "bench", fields: [field]))
    guard var reader = LineReader(path: catalog) else {
      throw CommandError(message: "Could not read '\(catalog)': check the path.")
    }
    let parser = try JSONParser()
    let started = DispatchTime.now().uptimeNanoseconds
    let writer = BulkWriter(into: collection)
    var batch: [DocumentOperation] = []
    while try reader.next({ line in
      batch.append(DocumentOperation(.create, utf8: try parser.parse(line, joined)))
    }) {
      guard batch.count >= 125_000 else { continue }
      _ = try writer.write(batch)
      batch = []
    }
    _ = try writer.write(batch)
    _ = try writer.finish()
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9
    let merging = DispatchTime.now().uptimeNanoseconds
    try collection.compact()
    let mergeSeconds = Double(DispatchTime.now().uptimeNanoseconds - merging) / 1e9
    let count = collection.snapshot.documentCount
    let bytes = try collection.snapshot.verify()
    return [
      JSON.Member("engine", "martlet"), JSON.Member("documents", .int(Int64(count))),
      JSON.Member("documents_per_second", .int(Int64(Double(count) / seconds))),
      JSON.Member("optimize_seconds", .double((mergeSeconds * 10).rounded() / 10)),
      JSON.Member("index_bytes", .int(Int64(bytes.values.reduce(0, +)))),
      JSON.Member(
        "bytes_by_section",
        .object(bytes.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .int(Int64($0.value))) })
      ),
    ]
  }

  /// The document of one text field that a document of the catalogue becomes.
  private static func joined(_ document: JSONView) -> [UInt8] {
    let parts = ["title", "description", "brand", "category"]
    var texts = [UnsafeBufferPointer<UInt8>?](repeating: nil, count: parts.count)
    var id: JSON = .null
    document.forEachPair { key, value in
      if let part = parts.firstIndex(where: { key.elementsEqual($0.utf8) }) {
        texts[part] = value.utf8
      } else if key.elementsEqual("id".utf8) {
        id = value.tree
      }
    }
    var text: [UInt8] = []
    text.reserveCapacity(texts.reduce(parts.count) { $0 + ($1?.count ?? 0) })
    for (index, part) in texts.enumerated() {
      if index > 0 { text.append(UInt8(ascii: " ")) }
      if let part { text.append(contentsOf: part) }
    }
    var writer = JSONWriter()
    writer.bytes.reserveCapacity(text.count + 64)
    writer.bytes.append(contentsOf: "{\"id\":".utf8)
    writer.write(id)
    writer.bytes.append(contentsOf: ",\"text\":".utf8)
    text.withUnsafeBufferPointer { writer.write(utf8: $0) }
    writer.bytes.append(UInt8(ascii: "}"))
    return writer.bytes
  }

  private static func figures(_ microseconds: [Double]) -> JSON {
    let sorted = microseconds.sorted()
    func rounded(_ value: Double) -> JSON { .double((value * 10).rounded() / 10) }
    let mean = sorted.reduce(0, +) / Double(max(1, sorted.count))
    return [
      "mean_us": rounded(mean), "p50_us": rounded(Metrics.percentile(sorted, 0.5)),
      "p90_us": rounded(Metrics.percentile(sorted, 0.9)),
      "p99_us": rounded(Metrics.percentile(sorted, 0.99)),
    ]
  }

  /// Memory of the process that is not file pages.
  private static var residentMegabytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("RssAnon:") {
      return (Int(line.filter(\.isNumber)) ?? 0) / 1024
    }
    return 0
  }
}
