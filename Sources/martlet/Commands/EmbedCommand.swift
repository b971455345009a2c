// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural
import SearchIndex
import SearchService

/// The verb `embed` of the command line.
enum EmbedCommand: Command {
  static let name = "embed"
  static let summary = "make the vectors of a collection's documents"
  static let help = """
    Usage: martlet embed --data-dir D --collection C [OPTIONS]

    Embeds the text of the documents that have no vector of the encoder in use yet, or whose text has
    changed, and takes the vectors that documents bring. A server does the same in the background; this
    does it at once, with all processors, while no server uses the data directory. It may be stopped at
    any time: what is on disk is not made again.

      --data-dir D      the data directory
      --collection C    the collection
      --neural-dir D    where neural ranking is installed
      --threads N       threads; all processors unless told

    Example: martlet embed --data-dir data --collection shop
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(
      words,
      options: ["data-dir", "collection", "neural-dir", "threads"],
      switches: []
    )
    let directory = PluginArguments.neural(arguments)
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let threads = try arguments.integer("threads", default: processors)
    let encoder = EncodeCommand.process(directory, threads: max(1, threads))
    let name = try arguments.required("collection")
    let store = try IndexStore(directory: try arguments.existingDataDirectory())
    let engine = try Engine(store, bootstrapKey: "", encoder: encoder)
    if encoder == nil { note("\(directory.remedy) Only vectors that documents bring are taken.") }
    let started = Date()
    var last = started
    var embedded: [String: EmbeddingProgress] = [:]
    try engine.embeddings.run(name) { progress in
      embedded[progress.source] = progress
      guard Date().timeIntervalSince(last) > 1 else { return }
      last = Date()
      note(line(progress))
    }
    for (_, progress) in embedded.sorted(by: { $0.key < $1.key }) {
      print(
        "\(progress.source): \(progress.done) of \(progress.documents) documents"
          + (progress.failed > 0 ? ", \(progress.failed) failed" : "")
      )
    }
    print(String(format: "done in %.1f s", Date().timeIntervalSince(started)))
  }

  private static func line(_ progress: EmbeddingProgress) -> String {
    var line = "\(progress.source): \(progress.done) of \(progress.documents) documents"
    if progress.rate > 0 {
      let left = Double(progress.documents - progress.done) / progress.rate
      line += ", \(Int(progress.rate)) a second, about \(Int(left.rounded(.up))) s left"
    }
    return line
  }
}
