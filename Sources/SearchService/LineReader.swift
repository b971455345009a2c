// SPDX-License-Identifier: Apache-2.0

import Foundation
import SearchIndex

/// Reads a file or standard input line by line, holding one chunk and one line at a time.
public struct LineReader {
  private static let chunkSize = 1 << 20
  /// Far above the longest document; what is longer is no file of lines.
  private static let longestLine = 64 << 20

  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false
  /// The input's size in bytes, if it is a file.
  public let size: Int?
  /// Bytes taken so far.
  public private(set) var consumed = 0

  /// Opens a file, or standard input for `-`; nil if it cannot be read.
  public init?(path: String) {
    if path == "-" {
      handle = FileHandle.standardInput
      size = nil
      return
    }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.type] as? FileAttributeType != .typeDirectory,
      let handle = FileHandle(forReadingAtPath: path)
    else { return nil }
    self.handle = handle
    size = attributes?[.size] as? Int
  }

  /// Whether a line holds nothing but white space.
  public static func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    !line.contains { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }
  }

  private func lineEnd(from start: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  /// Calls `body` with the next line, without its end; returns false at the end of the input.
  ///
  /// - Throws: What `body` throws; ``IndexError`` with code invalid for a line of more than 64 MB.
  public mutating func next(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws -> Bool {
    var searched = start
    while true {
      if let end = lineEnd(from: searched) {
        try buffer.withUnsafeBufferPointer {
          try body(UnsafeBufferPointer(rebasing: $0[start..<end]))
        }
        consumed += end + 1 - start
        start = end + 1
        return true
      }
      if isAtEnd {
        guard start < buffer.count else { return false }
        try buffer.withUnsafeBufferPointer {
          try body(UnsafeBufferPointer(rebasing: $0[start...]))
        }
        consumed += buffer.count - start
        start = buffer.count
        return true
      }
      buffer.removeSubrange(..<start)
      start = 0
      searched = buffer.count
      guard let chunk = try handle.read(upToCount: Self.chunkSize), !chunk.isEmpty else {
        isAtEnd = true
        continue
      }
      buffer.append(contentsOf: chunk)
      guard buffer.count <= Self.longestLine else {
        throw IndexError(.invalid, "A line is longer than 64 MB: write one JSON object a line.")
      }
    }
  }
}
