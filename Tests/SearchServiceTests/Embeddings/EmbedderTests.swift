// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Neural
import SearchIndex
import TestSupport
import Testing

@testable import SearchService

/// With an encoder's process of a few lines of Python: a text's vector counts its letters.
@Suite struct EmbedderTests {
  private static let script = """
    import struct, sys, time, os
    log = open(os.path.join(sys.argv[1], "log"), "a")
    log.write("start\\n"); log.flush()
    out, inp = sys.stdout.buffer, sys.stdin.buffer
    name = b"counter@" + open(os.path.join(sys.argv[1], "version"), "rb").read()
    out.write(b"MTLE" + struct.pack("<III", 1, 26, len(name)) + name); out.flush()
    while True:
      head = inp.read(4)
      if len(head) < 4: break
      texts = []
      for _ in range(struct.unpack("<I", head)[0]):
        texts.append(inp.read(struct.unpack("<I", inp.read(4))[0]).decode())
      for text in texts: log.write(text.replace("\\n", " ") + "\\n")
      log.flush()
      if any("hang" in text for text in texts): time.sleep(600)
      if any("crash" in text for text in texts): os._exit(1)
      if any("refuse" in text for text in texts):
        out.write(struct.pack("<II", 0xFFFFFFFF, 2) + b"no"); out.flush(); continue
      out.write(struct.pack("<I", len(texts)))
      for text in texts:
        out.write(struct.pack("<26f", *(float(text.lower().count(chr(97 + i))) for i in range(26))))
      out.flush()
    """

  private struct Shop {
    let directory: String
    let engine: Engine

    init(_ directory: String, version: String = "1") throws {
      self.directory = directory
      let models = directory + "/neural/models/counter"
      try FileManager.default.createDirectory(
        atPath: models,
        withIntermediateDirectories: true
      )
      func write(_ text: String, _ path: String) throws {
        try text.write(toFile: directory + "/neural/" + path, atomically: true, encoding: .utf8)
      }
      try write(EmbedderTests.script, "encoder.py")
      try write(version, "version")
      try write("model", "models/counter/model.onnx")
      // SHA-256 of "model".
      let digest = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"
      try write(
        """
        {"format": 1, "id": "counter", "version": "\(version)", "kind": "encoder",
         "file": "model.onnx", "sha256": "\(digest)", "dimension": 26,
         "inputs": [{"name": "ids", "text": "text"}]}
        """,
        "models/counter/model.json"
      )
      try write("{\"encoder\": \"counter\"}", "models/active.json")
      engine = try Engine(
        try Self.open(directory + "/data"),
        bootstrapKey: "k",
        encoder: EncoderCommand(
          ["/usr/bin/env", "python3", directory + "/neural/encoder.py", directory + "/neural"],
          directory: NeuralDirectory(path: directory + "/neural")
        )
      )
    }

    /// The store of a directory, once the threads of an engine before have let go of it.
    private static func open(_ directory: String) throws -> IndexStore {
      let deadline = Date() + 30
      while true {
        do {
          return try IndexStore(directory: directory)
        } catch let error as IndexError where error.code == .readOnly && Date() < deadline {
          Thread.sleep(forTimeInterval: 0.02)
        }
      }
    }

    /// The texts that the encoder's processes were given so far.
    func log() throws -> [String] {
      let path = directory + "/neural/log"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").map(String.init)
    }

    func write(_ action: DocumentOperation.Action = .upsert, _ documents: JSON...) throws {
      let operations = documents.map { DocumentOperation(action, $0) }
      for result in try engine.write(operations, to: "shop") {
        if case .failure(let error) = result { throw error }
      }
    }

    func embed() throws { try engine.embeddings.run("shop") { _ in } }

    func vector(_ id: String, _ source: String = "_embedding") throws -> [Float]? {
      let columns = engine.vectors(of: "shop")
      guard let space = columns.space(source) else { return nil }
      return try columns.store.vectors(of: [id], in: space)[0]?.floats
    }
  }

  private static let schema: JSON = [
    "name": "shop",
    "fields": [
      ["name": "title", "type": "string"],
      ["name": "sku", "type": "string", "optional": true],
      ["name": "description", "type": "string", "optional": true],
      ["name": "image", "type": "float[]", "num_dim": 3, "optional": true],
    ],
  ]

  private static func letters(_ text: String) -> [Float] {
    (0..<26).map { letter in Float(text.utf8.count { $0 == 97 + letter }) }
  }

  private func isNear(_ a: [Float]?, _ b: [Float]) -> Bool {
    guard let a, a.count == b.count else { return false }
    let step = (b.map(abs).max() ?? 0) / 127
    return zip(a, b).allSatisfy { abs($0 - $1) <= step }
  }

  @Test func embedsWhatIsNewOrChanged() throws {
    try withTemporaryDirectory { directory in
      let shop = try Shop(directory)
      _ = try shop.engine.createCollection(Self.schema)
      try shop.write(.upsert, ["id": "1", "title": "abba", "sku": "zzz", "description": "cab"])
      try shop.write(.upsert, ["id": "2", "title": "dd"])
      try shop.embed()
      #expect(isNear(try shop.vector("1"), Self.letters("abbacab")))
      #expect(isNear(try shop.vector("2"), Self.letters("dd")))
      #expect(try shop.log() == ["start", "abba. cab", "dd"])
      // A change elsewhere embeds nothing, one of the text that text alone.
      try shop.write(.update, ["id": "1", "sku": "yyy"], ["id": "2", "title": "ee"])
      try shop.embed()
      #expect(try shop.log().dropFirst(3) == ["start", "ee"])
      #expect(isNear(try shop.vector("2"), Self.letters("ee")))
      try shop.write(.delete, ["id": "1"])
      try shop.embed()
      #expect(try shop.vector("1") == nil)
      #expect(try shop.log().count == 5)
      let progress = try #require(
        shop.engine.embeddings.progress.last { $0.source == "_embedding" }
      )
      #expect(progress.isComplete && progress.done == 1 && progress.documents == 1)
    }
  }

  @Test func whatIsOnDiskIsNotMadeAgain() throws {
    try withTemporaryDirectory { directory in
      do {
        let shop = try Shop(directory)
        _ = try shop.engine.createCollection(Self.schema)
        try shop.write(.upsert, ["id": "1", "title": "abba"])
        try shop.embed()
      }
      let shop = try Shop(directory)
      try shop.embed()
      #expect(isNear(try shop.vector("1"), Self.letters("abba")))
      #expect(try shop.log() == ["start", "abba"])
    }
  }

  @Test func anotherModelMakesItsOwn() throws {
    try withTemporaryDirectory { directory in
      for version in ["1", "2", "3"] {
        let shop = try Shop(directory, version: version)
        if version == "1" {
          _ = try shop.engine.createCollection(Self.schema)
          try shop.write(.upsert, ["id": "1", "title": "abba"])
        }
        #expect(try shop.vector("1") == nil)
        try shop.embed()
        #expect(isNear(try shop.vector("1"), Self.letters("abba")))
      }
      let shop = try Shop(directory, version: "2")
      // The one before is kept, the way back is short.
      #expect(isNear(try shop.vector("1"), Self.letters("abba")))
      let models = shop.engine.embeddings.vectors.all.map(\.model).filter { !$0.isEmpty }
      #expect(models.sorted() == ["counter@2", "counter@3"])
    }
  }

  @Test func aTextThatTheModelFailsOnCostsNoOther() throws {
    try withTemporaryDirectory { directory in
      let shop = try Shop(directory)
      _ = try shop.engine.createCollection(Self.schema)
      try shop.write(
        .upsert,
        ["id": "1", "title": "abba"],
        ["id": "2", "title": "crash"],
        ["id": "3", "title": "refuse"],
        ["id": "4", "title": "ede"]
      )
      try shop.embed()
      #expect(isNear(try shop.vector("1"), Self.letters("abba")))
      #expect(isNear(try shop.vector("4"), Self.letters("ede")))
      #expect(try shop.vector("2") == nil)
      #expect(try shop.vector("3") == nil)
      let progress = try #require(
        shop.engine.embeddings.progress.last { $0.source == "_embedding" }
      )
      #expect(progress.failed == 2 && progress.isComplete)
    }
  }

  @Test func aProcessThatDoesNotStartIsToldOf() throws {
    try withTemporaryDirectory { directory in
      let shop = try Shop(directory)
      _ = try shop.engine.createCollection(Self.schema)
      try shop.write(.upsert, ["id": "1", "title": "abba"])
      try "import sys".write(
        toFile: directory + "/neural/encoder.py",
        atomically: true,
        encoding: .utf8
      )
      #expect(throws: IndexError.self) { try shop.embed() }
      #expect(shop.engine.embeddings.progress.contains { $0.problem != nil })
    }
  }

  @Test func theBackgroundFollowsWrites() throws {
    try withTemporaryDirectory { directory in
      let shop = try Shop(directory)
      _ = try shop.engine.createCollection(Self.schema)
      shop.engine.embeddings.start()
      for title in ["abba", "cede"] {
        try shop.write(.upsert, ["id": "1", "title": .string(title)])
        let deadline = Date() + 60
        while try !isNear(shop.vector("1"), Self.letters(title)), Date() < deadline {
          Thread.sleep(forTimeInterval: 0.05)
        }
        #expect(isNear(try shop.vector("1"), Self.letters(title)))
      }
      try shop.engine.dropCollection(named: "shop")
      let deadline = Date() + 60
      while !shop.engine.embeddings.vectors.all.isEmpty, Date() < deadline {
        Thread.sleep(forTimeInterval: 0.05)
      }
      #expect(shop.engine.embeddings.vectors.all.isEmpty)
      shop.engine.embeddings.stop()
    }
  }

  @Test(.timeLimit(.minutes(1))) func stoppingWaitsForNoEncoder() throws {
    try withTemporaryDirectory { directory in
      let shop = try Shop(directory)
      _ = try shop.engine.createCollection(Self.schema)
      try shop.write(.upsert, ["id": "1", "title": "hang"])
      shop.engine.embeddings.start()
      while try !shop.log().contains("hang") { Thread.sleep(forTimeInterval: 0.05) }
      shop.engine.embeddings.stop()
    }
  }

  @Test func metadataChoosesTheFields() throws {
    try withTemporaryDirectory { directory in
      let shop = try Shop(directory)
      _ = try shop.engine.createCollection(Self.schema)
      try shop.write(.upsert, ["id": "1", "title": "abba", "sku": "zzz"])
      try shop.embed()
      _ = try shop.engine.alter("shop", ["metadata": ["embedding": ["fields": ["sku"]]]])
      try shop.embed()
      #expect(isNear(try shop.vector("1"), Self.letters("zzz")))
    }
  }

  @Test func documentsBringVectors() throws {
    try withTemporaryDirectory { directory in
      let shop = try Shop(directory)
      _ = try shop.engine.createCollection(Self.schema)
      try shop.write(
        .upsert,
        ["id": "1", "title": "a", "image": [1, 2, -4]],
        ["id": "2", "title": "b"]
      )
      #expect(throws: IndexError.self) {
        try shop.write(.upsert, ["id": "3", "title": "c", "image": [1, 2]])
      }
      #expect(throws: IndexError.self) {
        try shop.write(.upsert, ["id": "3", "title": "c", "image": [1, 2, "x"]])
      }
      try shop.embed()
      #expect(isNear(try shop.vector("1", "image"), [1, 2, -4]))
      #expect(try shop.vector("2", "image") == nil)
      try shop.write(.update, ["id": "1", "image": [0, 0, 7]])
      try shop.embed()
      #expect(isNear(try shop.vector("1", "image"), [0, 0, 7]))
    }
  }
}
