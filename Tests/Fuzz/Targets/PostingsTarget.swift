// SPDX-License-Identifier: Apache-2.0
//
// input := payloadLength:u16 positionsLength:u16 payload positions postings
//
// The pieces get checksums that match, so that it is the decoders that see the damage.

@testable import SearchIndex

/// The postings codec, and the evaluation that reads it.
enum PostingsTarget {
  private static let documentCount = 2000

  static func run(_ input: UnsafeBufferPointer<UInt8>) throws {
    guard input.count >= 4 else { return }
    let payloadEnd = min(input.count, 4 + (Int(input[0]) | Int(input[1]) << 8))
    let positionsEnd = min(input.count, payloadEnd + (Int(input[2]) | Int(input[3]) << 8))
    let payload = Array(input[4..<payloadEnd])
    try withPiece(input[payloadEnd..<positionsEnd], .positions) { positions in
      try withPiece(input[positionsEnd...], .postings) { postings in
        try payload.withUnsafeBytes { payload in
          let lists = try PostingsList.lists(
            payload: payload,
            postings: postings,
            positions: positions
          )
          for list in lists.prefix(4) { read(list) }
          evaluate(Array(lists.prefix(4)))
        }
      }
    }
  }

  private static func withPiece(
    _ bytes: Slice<UnsafeBufferPointer<UInt8>>,
    _ kind: FormatKind,
    _ body: (PagedBytes) throws -> Void
  ) throws {
    let slack = [UInt8](repeating: 0, count: PagedBytes.slack)
    try FormatHeader.wrap(Array(bytes) + slack, kind: kind).withUnsafeBytes { wrapped in
      let pages = try PagedBytes(pieces: [wrapped], kind: kind)
      defer { pages.deallocate() }
      try body(pages)
    }
  }

  private static func read(_ list: PostingsList) {
    var sum: UInt32 = 0
    list.forEachBlock { documents, frequencies in
      for index in documents.indices { sum &+= documents[index] ^ frequencies[index] }
      return true
    }
    list.forEachPosting { document, positions in
      sum = positions.reduce(sum &+ document) { $0 &+ $1 }
    }
    for document in [0, 1, 127, 128, 1999, UInt32.max] {
      sum = list.positions(in: document).reduce(sum) { $0 &+ $1 }
    }
    withExtendedLifetime(sum) {}
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: (documentCount + 63) / 64) { words in
      words.initialize(repeating: 0)
      list.mark(in: words)
    }
  }

  private static func evaluate(_ lists: [PostingsList]) {
    let codes = [UInt8](repeating: 7, count: (documentCount + 127) / 128 * 128)
    codes.withUnsafeBufferPointer { codes in
      guard let base = codes.baseAddress else { return }
      let fields = SegmentFields(
        documentCount: documentCount,
        lengths: [base, base],
        builtAverages: [7, 7],
        averages: [8, 6]
      )
      // A field that the schema lacks is refused by the caller, before evaluation.
      let groups = lists.filter { $0.field < 2 }.map { list in
        TermGroup(alternatives: [TermGroup.Alternative(scale: 2, lists: [(list, 1)])])
      }
      for mode in [TopKEvaluator.Mode.any, .all] {
        var heap = TopHeap(capacity: 10)
        _ = TopKEvaluator.evaluate(
          groups,
          mode: mode,
          fields: fields,
          segment: 0,
          mask: nil,
          heap: &heap
        )
      }
    }
  }

  /// One input for each way in which a list may be stored.
  static var seeds: [[UInt8]] {
    get throws {
      let buffer = IndexBuffer(fieldCount: 2)
      for document in 0..<documentCount {
        buffer.beginDocument()
        var words = ["all"]
        if document % 3 == 0 { words += ["third", "third", "all"] }
        if document % 97 == 0 { words.append("few") }
        if document == 42 { words.append("one") }
        if document % 13 == 0 { words.append("w\(document % 1000)") }
        for (position, word) in words.enumerated() {
          Array(word.utf8).withUnsafeBufferPointer {
            buffer.add(term: $0, field: document % 2, position: position * (1 + document % 5))
          }
        }
      }
      let built = try buffer.build(reorder: false)
      let (postings, positions) = (built.postings.first ?? [], built.positions.first ?? [])
      return try built.dictionary.withUnsafeBytes { bytes in
        let dictionary = try TermDictionary(bytes)
        return ["all", "third", "few", "one"].compactMap { word in
          guard let payload = dictionary.lookUp(Array(word.utf8))?.payload else { return nil }
          var input: [UInt8] = []
          LittleEndian.append(UInt16(payload.count), to: &input)
          LittleEndian.append(UInt16(clamping: positions.count), to: &input)
          return input + payload + positions.prefix(Int(UInt16.max)) + postings
        }
      }
    }
  }
}
