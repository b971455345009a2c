// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON

/// Where the collaborative filters of a data directory's collections lie: in its folder `filters`, a
/// model `NAME.cf` for each collection and what is known of its training beside it, `NAME.cf.json`.
public struct FilterFiles: Sendable {
  /// The folder.
  public let directory: String

  /// The filters of a data directory.
  public init(dataDirectory: String) { directory = dataDirectory + "/filters" }

  /// A collection's model; signs that file names cannot have are escaped as in addresses.
  public func model(of collection: String) -> String {
    let plain = CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "A"..."Z"))
      .union(CharacterSet(charactersIn: "0123456789-_"))
    return directory + "/"
      + (collection.addingPercentEncoding(withAllowedCharacters: plain) ?? "_") + ".cf"
  }

  /// What tells when a shopper was last forgotten: that file's time.
  var forgotten: String { directory + "/forgotten" }

  /// Makes the folder where it is missing.
  ///
  /// - Throws: The file system's error.
  public func prepare() throws {
    try FileManager.default.createDirectory(
      atPath: directory,
      withIntermediateDirectories: true
    )
  }
}

/// What is known of a model's training.
public struct TrainingNote: Sendable, Equatable {
  /// The number of the last event that was trained on; later ones are added to the model.
  public var sequence: UInt64
  /// When the events were read, in milliseconds since 1970.
  public var started: Int64
  /// How long the training took.
  public var seconds: Double

  /// A note.
  public init(sequence: UInt64, started: Int64, seconds: Double) {
    (self.sequence, self.started, self.seconds) = (sequence, started, seconds)
  }

  private static func path(_ model: String) -> String { model + ".json" }

  /// The note beside a model; nil where there is none that can be read.
  init?(ofModel model: String) {
    guard let data = FileManager.default.contents(atPath: Self.path(model)),
      let json = try? JSON(parsing: [UInt8](data)),
      let sequence = json["sequence"]?.int, sequence >= 0, let started = json["started"]?.int
    else { return nil }
    self.init(
      sequence: UInt64(sequence),
      started: started,
      seconds: json["seconds"]?.double ?? 0
    )
  }

  /// Puts the note beside a model, in one step.
  ///
  /// - Throws: The file system's error.
  public func write(besideModel model: String) throws {
    let json: JSON = [
      "sequence": .int(Int64(clamping: sequence)), "started": .int(started),
      "seconds": .double((seconds * 10).rounded() / 10),
    ]
    try Data(json.serialized()).write(
      to: URL(fileURLWithPath: Self.path(model)),
      options: .atomic
    )
  }
}
