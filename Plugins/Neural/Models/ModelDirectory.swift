// SPDX-License-Identifier: Apache-2.0

public import Foundation
internal import Hashing
internal import JSON

/// A model's directory, its `model.json` read and its file's digest checked.
///
/// Nothing here opens the model itself: ``InferenceRuntime/load(_:options:)`` does, and
/// ``ModelProbe`` where it is not yet trusted.
public struct ModelDirectory: Sendable {
  /// The directory.
  public let path: String
  /// What it says of itself.
  public let description: ModelDescription
  /// The longest `model.json` in bytes.
  static let descriptionLimit = 1 << 20
  /// The greatest file in bytes: ONNX's own format ends at 2 GiB.
  static let fileLimit = 2 << 30

  /// Reads `path`/model.json and checks the digest of the file that it names.
  ///
  /// - Throws: ``NeuralError`` if something is missing, overlong, malformed, or differs.
  public init(path: String) throws(NeuralError) {
    self.path = path
    let source = path + "/model.json"
    let bytes = try Self.read(source, limit: Self.descriptionLimit)
    let json: JSON
    do { json = try JSON(parsing: [UInt8](bytes)) } catch {
      throw NeuralError("\(source) is no JSON: \(error)")
    }
    description = try ModelDescription(json: json)
    guard let file = description.file else { return }
    let content = try Self.read(path + "/" + file, limit: Self.fileLimit)
    let digest = content.withUnsafeBytes { Hashing.sha256($0) }.map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    guard digest.joined() == description.sha256 else {
      throw NeuralError(
        "\(path)/\(file) is not the file that model.json means: its SHA-256 is \(digest.joined())."
      )
    }
  }

  /// The ONNX file; nil for a linear ranker.
  public var file: String? { description.file.map { path + "/" + $0 } }

  /// The content of a file of the directory, such as the vocabulary.
  ///
  /// - Throws: ``NeuralError`` if it is missing or over 64 MiB.
  public func read(_ name: String) throws(NeuralError) -> Data {
    try Self.read(path + "/" + name, limit: 64 << 20)
  }

  private static func read(_ path: String, limit: Int) throws(NeuralError) -> Data {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    )
    guard let size = attributes?[.size] as? Int,
      attributes?[.type] as? FileAttributeType == .typeRegular
    else { throw NeuralError("Cannot read \(path): give a model's directory with its files.") }
    guard size <= limit else { throw NeuralError("\(path) has \(size) bytes, over \(limit).") }
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    else {
      throw NeuralError("Cannot read \(path).")
    }
    return data
  }

  /// Whether a text may name a model, or with `colon` a version.
  public static func isName(_ name: String, colon: Bool = false) -> Bool {
    (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
          || colon && byte == UInt8(ascii: ":")
      }
  }
}
