// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPServer
import JSON
import TestSupport
import Testing

@testable import SearchAPI

@Suite struct ImportTests {
  /// An import must not depend on where the network cuts it.
  @Test func anyPartsGiveTheSameAnswer() throws {
    let seed = UInt64.random(in: 0...(.max))
    var generator = SeededRandom(seed: seed)
    let lines = (0..<200).map { index in
      switch index % 7 {
      case 3: ""
      case 4: "{\"id\":\"\(index)\",\"title\":"
      case 5: "  \r"
      default: "{\"id\":\"\(index % 150)\",\"title\":\"lamp é蓝 \(index)\"}\r"
      }
    }
    let body = Array(lines.joined(separator: "\n").utf8)
    var answers: Set<String> = []
    for _ in 0..<6 {
      let shop = try Shop()
      _ = try shop.send(
        "POST",
        "collections",
        #"{"name":"c","fields":[{"name":"title","type":"string"}]}"#
      )
      let request = HTTPRequest(
        method: "POST",
        path: ["collections", "c", "documents", "import"],
        query: ["action": "create", "return_id": "true"],
        headers: ["x-typesense-api-key": Shop.key]
      )
      guard case .parts(let reader) = shop.api.receive(request) else {
        Issue.record("an import is taken in parts")
        return
      }
      var rest = body[...]
      while !rest.isEmpty {
        let count = Int.random(
          in: 1...(Bool.random(using: &generator) ? 3 : 5000),
          using: &generator
        )
        reader.read(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      answers.insert(try reader.finish().text())
    }
    #expect(answers.count == 1, "seed \(seed)")
    let results = try #require(answers.first).split(separator: "\n")
    #expect(results.count == lines.count { !$0.isEmpty && $0 != "  \r" }, "seed \(seed)")
    #expect(results.contains { $0.contains("\"code\":400") })
    #expect(results.contains { $0.contains("\"code\":409") })
  }
}
