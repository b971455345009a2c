// SPDX-License-Identifier: Apache-2.0

/// The inner loops alone, on made-up input that is the same everywhere: what instruction counts are
/// taken of.
public final class KernelBenchmark {
  /// A loop that can be run alone.
  public enum Kernel: String, CaseIterable, Sendable {
    /// Decoding every block of documents and frequencies.
    case decode
    /// The ten best documents with one of three words.
    case union
    /// The ten best documents with all of three words.
    case intersection
    /// Tokens of ASCII text.
    case asciiTokens = "ascii-tokens"
    /// Tokens of text in other scripts.
    case unicodeTokens = "unicode-tokens"
  }

  private static let documentCount = 20_000
  private static let words = 400

  private let lists: [PostingsList]
  private let fields: SegmentFields
  private let pages: [PagedBytes]
  private let memory: [UnsafeMutableRawBufferPointer]
  private let texts: [Kernel: [UInt8]]
  private let analyzer: Analyzer
  private let tokens = TokenBuffer()

  /// Makes the input: documents of twenty words, the frequent words first as in real text.
  public init() throws {
    analyzer = try Analyzer()
    texts = [
      .asciiTokens: Array("Cordless drill XR-2000, 18 V lithium-ion, with two batteries. ".utf8),
      .unicodeTokens: Array("Bohrmaschine für Beton; 无线蓝牙耳机 静音の炊飯器 หม้อหุงข้าว غلاية. ".utf8),
    ].mapValues { text in Array(repeatElement(text, count: 20).joined()) }
    let built = try Self.build()
    var memory: [UnsafeMutableRawBufferPointer] = []
    func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
      copy.copyBytes(from: bytes)
      memory.append(copy)
      return UnsafeRawBufferPointer(copy)
    }
    let postings = try PagedBytes(
      pieces: built.postings.map { copy(FormatHeader.wrap($0, kind: .postings)) },
      kind: .postings
    )
    let positions = try PagedBytes(
      pieces: built.positions.map { copy(FormatHeader.wrap($0, kind: .positions)) },
      kind: .positions
    )
    let dictionary = try TermDictionary(copy(built.dictionary))
    lists = try (0..<Self.words).compactMap { word in
      guard let payload = dictionary.lookUp(Self.name(word))?.payload else { return nil }
      return try PostingsList.lists(payload: payload, postings: postings, positions: positions)
        .first
    }
    let average = Float(built.totalLengths[0]) / Float(Self.documentCount)
    fields = SegmentFields(
      documentCount: Self.documentCount,
      lengths: built.lengths.compactMap { codes in
        copy(codes).baseAddress?.assumingMemoryBound(to: UInt8.self)
      },
      builtAverages: [average],
      averages: [average]
    )
    pages = [postings, positions]
    self.memory = memory
  }

  deinit {
    for page in pages { page.deallocate() }
    for copy in memory { copy.deallocate() }
  }

  private static func name(_ word: Int) -> [UInt8] { Array("w\(word)".utf8) }

  private static func build() throws -> BuiltPostings {
    let buffer = IndexBuffer(fieldCount: 1)
    let names = (0..<words).map(name)
    var state: UInt64 = 1
    for _ in 0..<documentCount {
      buffer.beginDocument()
      for position in 0..<20 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let share = Double(state >> 11) / Double(1 << 53)
        names[Int(Double(words) * share * share * share)].withUnsafeBufferPointer {
          buffer.add(term: $0, field: 0, position: position)
        }
      }
    }
    return try buffer.build(reorder: false)
  }

  /// Runs a loop some times over the input.
  ///
  /// - Returns: A number that depends on all that was computed.
  public func run(_ kernel: Kernel, rounds: Int) -> UInt64 {
    var sum: UInt64 = 0
    for _ in 0..<rounds {
      switch kernel {
      case .decode:
        for list in lists {
          list.forEachBlock { documents, frequencies in
            sum &+= UInt64(documents[documents.count - 1]) &+ UInt64(frequencies[0])
            return true
          }
        }
      case .union, .intersection:
        for first in stride(from: 0, to: lists.count - 30, by: 10) {
          sum &+= evaluate([first, first + 11, first + 29], kernel == .union ? .any : .all)
        }
      case .asciiTokens, .unicodeTokens:
        texts[kernel]?.withUnsafeBufferPointer { analyzer.analyze($0, into: tokens) }
        sum &+= UInt64(tokens.count)
      }
    }
    return sum
  }

  private func evaluate(_ words: [Int], _ mode: TopKEvaluator.Mode) -> UInt64 {
    var heap = TopHeap(capacity: 10)
    let groups = words.map { word in
      let scale = TermGroup.inverseDocumentFrequency(
        documents: Self.documentCount,
        containing: lists[word].count
      )
      return TermGroup(alternatives: [
        TermGroup.Alternative(scale: scale, lists: [(lists[word], 1)])
      ])
    }
    _ = TopKEvaluator.evaluate(
      groups,
      mode: mode,
      fields: fields,
      segment: 0,
      mask: nil,
      heap: &heap
    )
    return heap.sorted().reduce(0) { $0 &+ UInt64($1.document) }
  }
}
