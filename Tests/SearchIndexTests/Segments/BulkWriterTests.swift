// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import TestSupport
import Testing

struct BulkWriterTests {
  private func batch(_ ids: Range<Int>) -> [DocumentOperation] {
    ids.map { DocumentOperation(.create, ["id": .string("\($0)"), "title": "lamp"]) }
  }

  private func failures(_ results: [OperationResult]) -> Int {
    results.count { if case .failure = $0 { true } else { false } }
  }

  @Test func batchesAreWrittenInOrderAndAnswered() throws {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      let fields = [Field(name: "title", type: .string)]
      let collection = try store.createCollection(CollectionSchema(name: "c", fields: fields))
      let writer = BulkWriter(into: collection)
      #expect(try writer.write(batch(0..<10)).isEmpty)
      let first = try writer.write(batch(5..<15))
      #expect(first.count == 10)
      #expect(failures(first) == 0)
      let second = try writer.finish()
      #expect(second.count == 10)
      #expect(failures(second) == 5)
      #expect(try writer.finish().isEmpty)
      #expect(collection.snapshot.documentCount == 15)
      try store.dropCollection(named: "c")
      #expect(try writer.write(batch(20..<21)).isEmpty)
      #expect(throws: IndexError.self) { try writer.finish() }
    }
  }
}
