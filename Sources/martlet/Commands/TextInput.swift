// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Reads lines of a text file, plain or compressed by gzip, or of standard input for `-`.
struct TextInput {
  private static let chunk = 1 << 18
  /// A longer line is no interactions file.
  private static let longestLine = 1 << 28

  /// Calls `body` with each line, without its end.
  static func forEachLine(
    of path: String,
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    guard let file = path == "-" ? gzdopen(0, "rb") : gzopen(path, "rb") else {
      throw CommandError(message: "Could not read '\(path)': check the path and its permissions.")
    }
    defer { gzclose(file) }
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: chunk)
    while true {
      let count = Int(gzread(file, &buffer, UInt32(chunk)))
      guard count >= 0 else {
        throw CommandError(
          message: "Could not read '\(path)' to its end: it is damaged or cut short."
        )
      }
      if count == 0 { break }
      var rest = buffer[..<count]
      while let end = rest.firstIndex(of: 0x0A) {
        line += rest[..<end]
        try line.withUnsafeBufferPointer(body)
        line.removeAll(keepingCapacity: true)
        rest = rest[(end + 1)...]
      }
      line += rest
      guard line.count <= longestLine else {
        throw CommandError(message: "'\(path)' has a line of over 256 MiB: is it a text file?")
      }
    }
    if !line.isEmpty { try line.withUnsafeBufferPointer(body) }
  }
}
