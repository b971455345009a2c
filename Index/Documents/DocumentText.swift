// SPDX-License-Identifier: Apache-2.0

import JSON

/// Puts the id back into stored documents, which leave it out since segments keep ids apart.
enum DocumentText {
  private static let quote = UInt8(ascii: "\"")

  /// The document with `id` in its place among the sorted keys.
  ///
  /// `body`: A compact object with sorted keys and no `id`, or no bytes for none.
  static func withIdentifier(_ id: String, in body: [UInt8]) -> [UInt8] {
    var writer = JSONWriter(capacity: body.count + id.utf8.count + 16)
    guard body.count > 2 else {
      writer.append(#"{"id":"#)
      writer.write(id)
      writer.append("}")
      return writer.bytes
    }
    body.withUnsafeBufferPointer { body in
      let at = insertionPoint(body)
      writer.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: body[..<at]))
      let isLast = at == body.count - 1
      writer.append(isLast ? #","id":"# : #""id":"#)
      writer.write(id)
      if !isLast { writer.append(",") }
      writer.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: body[at...]))
    }
    return writer.bytes
  }

  /// Where the first top-level key above "id" starts; the closing brace if none is.
  private static func insertionPoint(_ body: UnsafeBufferPointer<UInt8>) -> Int {
    var index = 1
    while index < body.count, body[index] == quote {
      let keyEnd = stringEnd(body, index)
      if isAboveID(body, index + 1, keyEnd - 1) { return index }
      index = valueEnd(body, keyEnd + 1)
      if index < body.count, body[index] == UInt8(ascii: ",") { index += 1 }
    }
    return body.count - 1
  }

  /// Whether a key comes after "id".
  private static func isAboveID(
    _ body: UnsafeBufferPointer<UInt8>,
    _ start: Int,
    _ end: Int
  ) -> Bool {
    guard start < end else { return false }
    if body[start] != UInt8(ascii: "i") { return body[start] > UInt8(ascii: "i") }
    guard start + 1 < end else { return false }
    if body[start + 1] != UInt8(ascii: "d") { return body[start + 1] > UInt8(ascii: "d") }
    return end - start > 2
  }

  /// The index after a string's closing quote.
  private static func stringEnd(_ body: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
    var index = start + 1
    while index < body.count, body[index] != quote {
      index += body[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, body.count)
  }

  /// The index of the comma or brace after a value.
  private static func valueEnd(_ body: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
    var (index, depth) = (start, 0)
    while index < body.count {
      switch body[index] {
      case quote:
        index = stringEnd(body, index)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return index }
        depth -= 1
      case UInt8(ascii: ","): if depth == 0 { return index }
      default: break
      }
      index += 1
    }
    return index
  }
}
