// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SearchIndex

struct MergePolicyTests {
  /// A collection's segments as the policy sees them, with the documents that the file has room for.
  private struct Model {
    var manifest = Manifest(collection: 1, schema: CollectionSchema(name: "m", fields: []))
    var room = 0
    /// Pages of the last merge's sources: readers may still hold them.
    var held = 0
    var written = 0

    mutating func add(_ count: Int) {
      manifest.segments.append(
        Manifest.Segment(
          id: manifest.nextSegment,
          documentCount: count,
          deletedCount: 0,
          columnCount: 0,
          totalLengths: []
        )
      )
      manifest.nextSegment += 1
    }

    mutating func merge() {
      while let ids = MergePolicy.choose(manifest) {
        let chosen = manifest.segments.filter { ids.contains($0.id) }
        let live = chosen.reduce(0) { $0 + $1.documentCount - $1.deletedCount }
        measure(extra: live)
        held = chosen.reduce(0) { $0 + $1.documentCount }
        written += live
        manifest.segments.removeAll { ids.contains($0.id) }
        if live > 0 { add(live) }
      }
    }

    mutating func measure(extra: Int = 0) {
      room = max(room, manifest.segments.reduce(held + extra) { $0 + $1.documentCount })
    }

    /// Replaces `count` documents, spread over the segments evenly.
    mutating func update(_ count: Int) {
      let live = manifest.segments.reduce(0) { $0 + $1.documentCount - $1.deletedCount }
      for index in manifest.segments.indices {
        let segment = manifest.segments[index]
        let share = (segment.documentCount - segment.deletedCount) * count / live
        manifest.segments[index].deletedCount += share
      }
      add(count)
      measure()
      held = 0
      merge()
    }
  }

  @Test(arguments: [[5000, 5000, 5000, 5000], [20_000], Array(repeating: 20_000, count: 50)])
  func updatesOfEverythingKeepTheFileUnderTwiceItsSize(_ batches: [Int]) {
    var model = Model()
    // One large batch becomes four segments.
    for batch in batches.count == 1 ? Array(repeating: batches[0] / 4, count: 4) : batches {
      model.add(batch)
      model.merge()
    }
    let total = batches.reduce(0, +)
    (model.room, model.held, model.written) = (0, 0, 0)
    for _ in 0..<300 { model.update(total / 100) }
    #expect(Double(model.room) < 1.9 * Double(total))
    #expect(model.manifest.segments.count < 20)
    // Three times the catalogue is updated; each document of that is rewritten some six times.
    #expect(model.written < 20 * total)
  }

  @Test func importsEndWithFewSegmentsAndLittleRewriting() {
    var model = Model()
    for _ in 0..<200 {
      model.add(5000)
      model.merge()
    }
    #expect(model.manifest.segments.count < 20)
    #expect(model.written < 4 * 1_000_000)
  }

  @Test func compactionMakesAsFewSegmentsAsMayBe() {
    var model = Model()
    for count in [6_000_000, 3_000_000, 2_000_000, 9_000_000, 500_000, 400_000] { model.add(count) }
    let ids = model.manifest.segments.map(\.id)
    let sets = MergePolicy.compaction(model.manifest)
    #expect(sets == [Array(ids[0...1]), [ids[2]], Array(ids[3...5])])
    // What is one ordered segment already is left alone.
    model.manifest.segments[2].isOrdered = true
    #expect(MergePolicy.compaction(model.manifest) == [sets[0], sets[2]])
  }

  @Test func aCompactedCollectionIsRewrittenOnceHalfIsDeleted() {
    var model = Model()
    model.add(100_000)
    for _ in 0..<45 { model.update(1000) }
    #expect(model.manifest.segments.contains { $0.documentCount == 100_000 })
    for _ in 0..<15 { model.update(2000) }
    #expect(!model.manifest.segments.contains { $0.documentCount == 100_000 })
  }
}
