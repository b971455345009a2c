// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import TestSupport
import Testing

struct FileGrowthTests {
  @Test func anIdleCollectionDoesNotHoldThePagesThatOthersFree() throws {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      let fields = [Field(name: "title", type: .string)]
      let idle = try store.createCollection(CollectionSchema(name: "idle", fields: fields))
      _ = try idle.write([DocumentOperation(.create, ["id": "1", "title": "lamp"])])
      let busy = try store.createCollection(CollectionSchema(name: "busy", fields: fields))
      var sizes: [Int] = []
      for round in 0..<60 {
        let documents = (0..<200).map { number -> JSON in
          ["id": .string("\(number)"), "title": .string("drill \(round) of \(number)")]
        }
        _ = try busy.write(documents.map { DocumentOperation(.upsert, $0) })
        busy.waitForMerges()
        sizes.append(store.fileBytes)
      }
      #expect(sizes[59] < 2 * sizes[19], "\(sizes)")
      #expect(try idle.snapshot.search(.title("lamp")).found == 1)
    }
  }
}
