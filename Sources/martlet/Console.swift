// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes a line to standard error.
///
/// One that cannot be written is lost: a closed pipe or a full disk must not end a command that works.
func note(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
}

/// Writes lines to a file or, for `-`, to standard output, a megabyte at a time.
final class LineWriter {
  private let output: FileHandle
  private let path: String
  private var buffer: [UInt8] = []

  /// Makes the file, or empties it.
  ///
  /// - Throws: ``CommandError`` if that cannot be done.
  init(path: String) throws {
    self.path = path
    if path == "-" {
      output = FileHandle.standardOutput
      return
    }
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw CommandError(message: "Could not write '\(path)': check its directory.") }
    output = file
  }

  /// Takes a line, which is on disk only after ``finish()``.
  func write(_ line: [UInt8]) throws {
    buffer += line
    buffer.append(0x0A)
    if buffer.count > 1 << 20 { try finish() }
  }

  /// Writes what was taken.
  ///
  /// - Throws: ``CommandError`` if the disk is full or the reader is gone.
  func finish() throws {
    do { try output.write(contentsOf: buffer) } catch {
      let place = path == "-" ? "standard output" : "'\(path)'"
      throw CommandError(
        message: "Could not write all to \(place): is the disk full, or its reader gone?"
      )
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
