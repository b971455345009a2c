// SPDX-License-Identifier: Apache-2.0

import SearchIndex
import SearchService

/// A cursor's documents as JSON lines, in parts of about 64 KB; no newline follows the last.
///
/// One thread at a time.
final class ExportLines: @unchecked Sendable {
  private static let partSize = 1 << 16

  private let cursor: DocumentCursor
  private let choice: FieldSelection
  private var isFirst = true

  init(_ cursor: DocumentCursor, _ choice: FieldSelection) {
    self.cursor = cursor
    self.choice = choice
  }

  /// The next part, or nil at the end.
  @Sendable
  func next() throws -> [UInt8]? {
    var part: [UInt8] = []
    while part.count < Self.partSize, let document = try cursor.next() {
      if !isFirst { part.append(0x0A) }
      isFirst = false
      part += try choice.apply(to: document)
    }
    return part.isEmpty ? nil : part
  }
}
