// SPDX-License-Identifier: Apache-2.0

import SearchIndex

/// The verb `inspect` of the command line.
enum InspectCommand: Command {
  static let name = "inspect"
  static let summary = "list collections, segments and sizes, and check every checksum"
  static let help = """
    Usage: martlet inspect --data-dir D

    Example: martlet inspect --data-dir data
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["data-dir"], switches: [])
    let store = try IndexStore(directory: try arguments.existingDataDirectory())
    print("data file: \(store.fileBytes) bytes")
    for collection in store.collections {
      let snapshot = collection.snapshot
      print("collection \(collection.name): \(snapshot.documentCount) documents")
      for segment in snapshot.segments {
        print("  segment \(segment.id): \(segment.documents) documents, \(segment.deleted) deleted")
      }
      for (section, bytes) in try snapshot.verify().sorted(by: { $0.key < $1.key }) {
        print("  \(section): \(bytes) bytes")
      }
    }
    print("all checksums match")
  }
}

/// The verb `compact` of the command line.
enum CompactCommand: Command {
  static let name = "compact"
  static let summary = "merge each collection into one segment, ordered for speed"
  static let help = """
    Usage: martlet compact --data-dir D

    Afterwards the data file is written anew without free room, for which the disk must have room.

    Example: martlet compact --data-dir data
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["data-dir"], switches: [])
    let directory = try arguments.existingDataDirectory()
    try compact(directory)
    try IndexStore.shrink(directory: directory)
    print("data file: \(try IndexStore(directory: directory).fileBytes) bytes")
  }

  private static func compact(_ directory: String) throws {
    let store = try IndexStore(directory: directory)
    for collection in store.collections {
      try collection.compact()
      print("\(collection.name): \(collection.snapshot.segments.count) segment(s)")
    }
  }
}

/// The verb `backup` of the command line.
enum BackupCommand: Command {
  static let name = "backup"
  static let summary = "copy the data directory while it is in use"
  static let help = """
    Usage: martlet backup --data-dir D DESTINATION

    The copy is complete as of one commit, has no free pages, and can be served at once.

    Example: martlet backup --data-dir data /backups/monday
    """

  static func run(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["data-dir"], switches: [])
    guard let destination = arguments.positional.first, arguments.positional.count == 1 else {
      throw CommandError.usage("Name the directory to copy to.")
    }
    try IndexStore.backup(directory: try arguments.existingDataDirectory(), to: destination)
    print("copied to \(destination)")
  }
}
