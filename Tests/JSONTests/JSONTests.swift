// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

struct JSONTests {
  @Test(arguments: [
    #"{"a":1,"b":[true,false,null,-2.5,"x\"\\\n\u0001é"],"c":{"d":{}}}"#, "[]", "\"\"", "12", "1.5",
  ])
  func roundTrips(_ text: String) throws {
    #expect(String(decoding: try JSON(parsing: text).serialized(), as: UTF8.self) == text)
  }

  @Test func sortsKeysByBytes() throws {
    let value = try JSON(parsing: #"{"id":"0","b":{"z":1,"a":2},"company":"x"}"#)
    #expect(
      String(decoding: value.serialized(sortedKeys: true), as: UTF8.self)
        == #"{"b":{"a":2,"z":1},"company":"x","id":"0"}"#
    )
  }

  @Test(arguments: ["{", "{\"a\":}", "nul", "[1,]", "\"\u{1}\"", "", "1 2"])
  func refusesWhatIsNoJSON(_ text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test func refusesBadUTF8AndDeepNesting() {
    #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0xFE, 0x22]) }
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    #expect(throws: JSONError.self) { try JSON(parsing: deep) }
  }

  @Test func escapesAtEveryPlaceOfAString() throws {
    for length in 0...40 {
      for place in 0..<length {
        for escaped in ["\"", "\\", "\n", "\u{1F}", "é", "\u{7F}"] {
          var characters = Array(repeating: "x", count: length)
          characters[place] = escaped
          let text = characters.joined()
          let written = JSON.string(text).serialized()
          #expect(try JSON(parsing: written) == .string(text))
          let isPlain = escaped == "é" || escaped == "\u{7F}"
          #expect(isPlain == (written.count == text.utf8.count + 2))
        }
      }
    }
  }

  @Test func writesPartByPart() throws {
    var writer = JSONWriter(capacity: 10)
    writer.append(#"{"a":"#)
    writer.writeArray(1...3) { writer, number in writer.write(number) }
    writer.append(#","b":"#)
    writer.write(["x", "y\""])
    writer.append(#","c":"#)
    writer.write(true)
    writer.append(#","d":"#)
    writer.append(json: JSON.null.serialized())
    writer.append("}")
    #expect(
      try JSON(parsing: writer.bytes) == [
        "a": [1, 2, 3], "b": ["x", "y\""], "c": true, "d": .null,
      ]
    )
  }
}
