// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

@testable import Neural

@Suite struct ModelCatalogTests {
  /// A linear ranker's directory under `path`.
  private static func model(
    _ path: String,
    version: String,
    ndcg: Double,
    judgments: String = "dev"
  ) throws -> String {
    let directory = "\(path)/source-\(version)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let json: JSON = [
      "format": 1, "id": "shop", "version": .string(version), "kind": "ranker",
      "linear": ["weights": ["recall_score_share": 1]],
      "metrics": ["ndcg@10": .double(ndcg), "judgments": .string(judgments)],
    ]
    try Data(json.serialized()).write(to: URL(fileURLWithPath: directory + "/model.json"))
    try Data("card".utf8).write(to: URL(fileURLWithPath: directory + "/card.md"))
    return directory
  }

  private static func active(_ catalog: ModelCatalog) throws -> String? {
    try catalog.directory.active(.ranker)
  }

  @Test func versionsComeAndGo() throws {
    try withTemporaryDirectory { path in
      let catalog = ModelCatalog(NeuralDirectory(path: path + "/neural"))
      for version in ["1", "2", "3"] {
        let source = try Self.model(path, version: version, ndcg: 0.5)
        var checked: [String] = []
        try FileManager.default.createDirectory(
          atPath: catalog.directory.models,
          withIntermediateDirectories: true
        )
        let entry = try catalog.add(source, isForced: false) { checked.append($0) }
        #expect(entry.name == "shop/\(version)" && checked.count == 1)
        #expect(throws: NeuralError.self) { try catalog.add(source, isForced: true) { _ in } }
      }
      #expect(catalog.entries().entries.map(\.name) == ["shop/1", "shop/2", "shop/3"])
      #expect(catalog.entries().problems == [])
      let first = try catalog.activate("shop", version: "1", isForced: false)
      #expect(first.replaced == "default-ranker" && first.active == "shop/1")
      _ = try catalog.activate("shop", version: "2", isForced: false)
      _ = try catalog.activate("shop", version: "3", isForced: false)
      #expect(throws: NeuralError.self) { try catalog.remove("shop", version: "3") }
      #expect(throws: NeuralError.self) {
        try catalog.activate("shop", version: "3", isForced: false)
      }
      // A version that is gone is no place to go back to.
      try catalog.remove("shop", version: "2")
      #expect(try catalog.rollBack("shop").active == "shop/1")
      #expect(try Self.active(catalog) == "shop/1")
      #expect(throws: NeuralError.self) { try catalog.rollBack("shop") }  // no default-ranker here
      #expect(throws: NeuralError.self) { try catalog.rollBack("other") }
    }
  }

  @Test func aWorseModelIsRefusedUnlessForced() throws {
    try withTemporaryDirectory { path in
      let catalog = ModelCatalog(NeuralDirectory(path: path))
      try FileManager.default.createDirectory(
        atPath: catalog.directory.models,
        withIntermediateDirectories: true
      )
      _ = try catalog.add(try Self.model(path, version: "1", ndcg: 0.7), isForced: false) { _ in }
      _ = try catalog.activate("shop", isForced: false)
      let worse = try Self.model(path, version: "2", ndcg: 0.69)
      let refusal = #expect(throws: NeuralError.self) {
        try catalog.add(worse, isForced: false) { _ in }
      }
      #expect(refusal?.message.contains("0.69") == true)
      _ = try catalog.add(worse, isForced: true) { _ in }
      #expect(throws: NeuralError.self) {
        try catalog.activate("shop", version: "2", isForced: false)
      }
      #expect(try catalog.activate("shop", version: "2", isForced: true).active == "shop/2")
      // Other judgments cannot be compared with.
      let other = try Self.model(path, version: "3", ndcg: 0.1, judgments: "test")
      _ = try catalog.add(other, isForced: false) { _ in }
      _ = try catalog.activate("shop", version: "3", isForced: false)
      #expect(try Self.active(catalog) == "shop/3")
    }
  }

  @Test func whatIsRefusedLeavesNothing() throws {
    try withTemporaryDirectory { path in
      let catalog = ModelCatalog(NeuralDirectory(path: path + "/neural"))
      try FileManager.default.createDirectory(
        atPath: catalog.directory.models,
        withIntermediateDirectories: true
      )
      let source = try Self.model(path, version: "1", ndcg: 0.5)
      #expect(throws: NeuralError("no")) {
        try catalog.add(source, isForced: false) { _ throws(NeuralError) in
          throw NeuralError("no")
        }
      }
      try FileManager.default.createSymbolicLink(
        atPath: source + "/link",
        withDestinationPath: "/etc/passwd"
      )
      #expect(throws: NeuralError.self) { try catalog.add(source, isForced: false) { _ in } }
      let left = try FileManager.default.contentsOfDirectory(atPath: catalog.directory.models)
      #expect(left.filter { $0 != ".lock" } == [])
      try FileManager.default.removeItem(atPath: source + "/link")
      _ = try catalog.add(source, isForced: false) { _ in }
      struct Refused: Error {}
      #expect(throws: Refused.self) {
        try catalog.activate("shop", isForced: false) { throw Refused() }
      }
      #expect(try Self.active(catalog) == "default-ranker")
    }
  }

  @Test func changedFilesAreNoticed() throws {
    try withTemporaryDirectory { path in
      let catalog = ModelCatalog(NeuralDirectory(path: path))
      try FileManager.default.createDirectory(
        atPath: catalog.directory.models,
        withIntermediateDirectories: true
      )
      _ = try catalog.add(try Self.model(path, version: "1", ndcg: 0.5), isForced: false) { _ in }
      let entry = try catalog.entry("shop")
      try catalog.verify(entry)
      let card = catalog.directory.models + "/shop/1/card.md"
      try Data("other".utf8).write(to: URL(fileURLWithPath: card))
      let problem = #expect(throws: NeuralError.self) { try catalog.verify(entry) }
      #expect(problem?.message.contains("card.md") == true)
      #expect(throws: NeuralError.self) { try catalog.activate("shop", isForced: false) }
    }
  }
}
