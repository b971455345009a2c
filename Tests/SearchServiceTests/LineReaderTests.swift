// SPDX-License-Identifier: Apache-2.0

import Foundation
import SearchIndex
import SearchService
import TestSupport
import Testing

struct LineReaderTests {
  private func lines(of bytes: [UInt8], in directory: String) throws -> [String] {
    let path = directory + "/lines"
    try Data(bytes).write(to: URL(filePath: path))
    var reader = try #require(LineReader(path: path))
    var lines: [String] = []
    while try reader.next({ lines.append(String(decoding: $0, as: UTF8.self)) }) {}
    #expect(reader.consumed == bytes.count && reader.size == bytes.count)
    return lines
  }

  @Test func linesEndAtLineFeedsAndAtTheEnd() throws {
    try withTemporaryDirectory { directory in
      let none = try lines(of: [], in: directory)
      #expect(none.isEmpty)
      #expect(try lines(of: Array("a\n\nb\n".utf8), in: directory) == ["a", "", "b"])
      #expect(try lines(of: Array("a\nb".utf8), in: directory) == ["a", "b"])
      let long = String(repeating: "x", count: 3_000_000)
      #expect(try lines(of: Array("a\n\(long)\nb".utf8), in: directory) == ["a", long, "b"])
    }
  }

  @Test func memoryIsBoundedWhereNoLineEnds() throws {
    try withTemporaryDirectory { directory throws in
      #expect(throws: IndexError.self) {
        try lines(of: [UInt8](repeating: 0x20, count: 66 << 20), in: directory)
      }
      #expect(LineReader(path: directory) == nil)
    }
  }
}
