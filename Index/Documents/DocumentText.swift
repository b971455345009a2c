// SPDX-License-Identifier: Apache-2.0

import JSON

/// Puts the id back into stored documents, which leave it out since segments keep ids apart.
enum DocumentText {
  /// The document with `id` in its place among the sorted keys.
  ///
  /// `body`: A compact object with sorted keys and no `id`, or no bytes for none.
  static func withIdentifier(_ id: String, in body: [UInt8]) -> [UInt8] {
    var writer = JSONWriter()
    writer.bytes.append(contentsOf: "\"id\":".utf8)
    writer.write(id)
    guard body.count > 2 else { return [UInt8(ascii: "{")] + writer.bytes + [UInt8(ascii: "}")] }
    let at = insertionPoint(body)
    if at == body.count - 1 {
      return body[..<at] + [UInt8(ascii: ",")] + writer.bytes + [UInt8(ascii: "}")]
    }
    return body[..<at] + writer.bytes + [UInt8(ascii: ",")] + body[at...]
  }

  /// Where the first top-level key above "id" starts; the closing brace if none is.
  private static func insertionPoint(_ body: [UInt8]) -> Int {
    var index = 1
    while index < body.count, body[index] == UInt8(ascii: "\"") {
      let keyEnd = stringEnd(body, index)
      if Array("id".utf8).lexicographicallyPrecedes(body[(index + 1)..<max(index + 1, keyEnd - 1)])
      {
        return index
      }
      index = valueEnd(body, keyEnd + 1)
      if index < body.count, body[index] == UInt8(ascii: ",") { index += 1 }
    }
    return body.count - 1
  }

  /// The index after a string's closing quote.
  private static func stringEnd(_ body: [UInt8], _ start: Int) -> Int {
    var index = start + 1
    while index < body.count, body[index] != UInt8(ascii: "\"") {
      index += body[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, body.count)
  }

  /// The index of the comma or brace after a value.
  private static func valueEnd(_ body: [UInt8], _ start: Int) -> Int {
    var (index, depth) = (start, 0)
    while index < body.count {
      switch body[index] {
      case UInt8(ascii: "\""):
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
