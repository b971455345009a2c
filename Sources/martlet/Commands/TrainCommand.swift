// SPDX-License-Identifier: Apache-2.0

import Behaviour
import CollaborativeFiltering
import Dispatch
import Foundation
import SearchService

/// The verb `train` of the command line.
enum TrainCommand: Command {
  static let name = "train"
  static let summary = "train the collaborative filter from interactions"
  static let help = """
    Usage: martlet train cf (--train F --model M | --data-dir D --collection C [--model M]) [--neighbours N] [--rank N] [--threads N] [--seed N]

    F has a line for each user, "user item item ...", plain or compressed by gzip, or - for standard
    input; without F, the events of the collection are trained on: clicks, carts and purchases, bots
    left out. A server may have the directory open meanwhile. The model is written to M, or else to where
    a server of the directory looks for the collection's; a server that uses it goes over to the new
    model within seconds. The filter's settings are chosen on a tenth of each user's items, held out by
    chance; then all items are trained on. An interrupted training goes on where it stood when it is
    called again with the same input and options.

      --neighbours N   neighbours kept for an item (400)
      --rank N         the most singular vectors, 0 for none (1024, fewer of over 49,000 items,
                       all of up to 4,096)
      --threads N      threads (2)
      --seed N         where chance starts (1)
      --background     give way to every other process, and end with standard input

    Example:
      martlet train cf --train interactions.txt.gz --model shop.cf
      martlet train cf --data-dir data --collection shop
    """

  static let options: Set<String> = ["train", "neighbours", "rank", "threads", "seed"]

  static func run(_ words: [String]) throws {
    guard words.first == "cf" else {
      throw CommandError.usage("Say what to train: 'martlet train cf ...'.")
    }
    let arguments = try Arguments(
      Array(words.dropFirst()),
      options: options.union(["model", "data-dir", "collection"]),
      switches: ["background"]
    )
    if arguments.flags.contains("background") { giveWay() }
    let started = Int64(Date().timeIntervalSince1970 * 1000)
    let path = try modelPath(arguments)
    let (interactions, sequence) =
      arguments.values["train"] == nil
      ? try interactions(of: arguments)
      : (try interactions(at: try arguments.required("train")), nil)
    let seconds = try train(interactions, arguments, to: path)
    if let sequence {
      let note = TrainingNote(sequence: sequence, started: started, seconds: seconds)
      try note.write(besideModel: path)
    }
    print(
      "trained on \(interactions.matrix.count) interactions of \(interactions.users.count) users and "
        + "\(interactions.items.count) items in \(String(format: "%.1f", seconds)) s"
    )
  }

  /// How a server starts a training.
  static let words = ["/proc/self/exe", name, "cf", "--background", "--threads", "1"]

  /// Leaves the processor to others where they want it, and ends once nobody waits for the model.
  private static func giveWay() {
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    Thread.detachNewThread {
      while !FileHandle.standardInput.availableData.isEmpty {}
      exit(1)
    }
  }

  private static func modelPath(_ arguments: Arguments) throws -> String {
    if let path = arguments.values["model"] { return path }
    guard arguments.values["train"] == nil, let directory = arguments.values["data-dir"] else {
      return try arguments.required("model")
    }
    let files = FilterFiles(dataDirectory: directory)
    try files.prepare()
    return files.model(of: try arguments.required("collection"))
  }

  /// The interactions of a file.
  static func interactions(at path: String) throws -> Interactions {
    var builder = InteractionsBuilder()
    try TextInput.forEachLine(of: path) { builder.add(line: $0) }
    return builder.finish()
  }

  /// The interactions of a collection's events, and the number of the last event.
  private static func interactions(
    of arguments: Arguments
  ) throws -> (Interactions, sequence: UInt64?) {
    let collection = try arguments.required("collection")
    let events = try EventReader(directory: try arguments.existingDataDirectory())
    var builder = InteractionsBuilder()
    var count = 0
    let snapshot = try events.snapshot()
    try snapshot.forEachEvent { event, isExcluded in
      guard !isExcluded, event.collection == collection,
        [.view, .click, .addToCart, .purchase].contains(event.kind)
      else { return }
      for item in event.items { builder.add(user: event.shopper, item: item.product) }
      count += event.items.count
    }
    guard count > 0 else {
      throw CommandError(
        message: "Collection '\(collection)' has no events yet: send some, or give --train F."
      )
    }
    return (builder.finish(), try snapshot.lastSequence())
  }

  /// Trains with progress on standard error, and returns how many seconds it took.
  static func train(
    _ interactions: Interactions,
    _ arguments: Arguments,
    goal: ValidationGoal = .allItems,
    to path: String
  ) throws -> Double {
    var options = TrainingOptions()
    options.goal = goal
    options.neighbours = max(1, try arguments.integer("neighbours", default: options.neighbours))
    if arguments.values["rank"] != nil { options.rank = try arguments.integer("rank", default: 0) }
    options.threads = max(1, try arguments.integer("threads", default: options.threads))
    options.seed = UInt64(try arguments.integer("seed", default: Int(options.seed)))
    let started = DispatchTime.now().uptimeNanoseconds
    func seconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9 }
    let trainer = FilterTrainer(interactions, options: options) { progress in
      note(String(format: "%6.1f s  ", seconds()) + describe(progress))
    }
    try trainer.train(to: path)
    return seconds()
  }

  private static func describe(_ progress: TrainingProgress) -> String {
    switch progress {
    case .tried(let settings, let figure, let best):
      String(format: "%.4f (best %.4f) with ", figure, best) + describe(settings)
    case .chosen(let settings): "chosen: " + describe(settings)
    case .rows(let done, let all): "\(done) of \(all) items, \(100 * done / max(1, all)) %"
    }
  }

  private static func describe(_ settings: FilterSettings) -> String {
    String(
      format: "a %.2f c %.2f b %.2f, x %.2f y %.2f rank %ld share %.2f damping %.2f share %.2f",
      settings.historyExponent,
      settings.userExponent,
      settings.candidateExponent,
      settings.spectralUserExponent,
      settings.spectralItemExponent,
      settings.rank,
      settings.spectralShare,
      settings.damping,
      settings.ridgeShare
    )
  }
}
