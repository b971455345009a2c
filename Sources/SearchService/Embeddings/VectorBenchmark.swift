// SPDX-License-Identifier: Apache-2.0

import Dispatch
public import JSON
import LMDBStore

/// Measures what stored vectors cost a query: a comparison with all, and the column of a window.
public struct VectorBenchmark {
  private let environment: Environment
  private let store: VectorStore
  private let space: VectorSpace
  private let count: Int

  /// Fills a data directory with made-up vectors.
  ///
  /// - Parameters:
  ///   - directory: The data directory, made if it is missing.
  ///   - count: How many vectors.
  ///   - dimension: Elements of each, 1 to 4096.
  /// - Throws: `StoreError` if they cannot be written.
  public init(directory: String, count: Int, dimension: Int) throws {
    environment = try Environment(directory: directory)
    store = try VectorStore(environment)
    self.count = count
    var space = try store.open("bench", VectorSpace.textSource, model: "", dimension: dimension)
    var random = SplitMix64(42)
    for start in stride(from: 0, to: count, by: 10_000) {
      let changes = (start..<min(count, start + 10_000)).map { number -> VectorStore.Change in
        let vector = QuantizedVector(scale: 0.01, elements: random.elements(dimension))
        return ("\(number)", vector.bytes(hash: UInt64(number)))
      }
      space = try store.apply(changes, to: space)
    }
    self.space = space
  }

  /// The figures: milliseconds of the first and of the best of five comparisons with all vectors, and
  /// microseconds of the best of 20 columns of 100 and 1,000 documents.
  public func run() throws -> JSON {
    var random = SplitMix64(7)
    let target = QuantizedVector(scale: 0.01, elements: random.elements(space.dimension))
    let scans = try (0..<6).map { _ in
      try Self.nanoseconds {
        _ = try SimilarProducts.nearest(300, to: target, in: space, of: store) { _ in true }
      }
    }
    func column(_ width: Int) throws -> Double {
      let times = try (0..<20).map { _ in
        let ids = (0..<width).map { _ in "\(random.next() % UInt64(max(1, count)))" }
        return try Self.nanoseconds { _ = try store.floats(of: ids, in: space) }
      }
      return (times.min() ?? 0) / 1e3
    }
    return [
      "vectors": .int(Int64(count)), "dimension": .int(Int64(space.dimension)),
      "store_bytes": .int(Int64(environment.fileBytes)), "scan_first_ms": .double(scans[0] / 1e6),
      "scan_ms": .double((scans.dropFirst().min() ?? 0) / 1e6),
      "column_100_us": .double(try column(100)), "column_1000_us": .double(try column(1000)),
    ]
  }

  private static func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
    let started = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - started)
  }
}

extension SplitMix64 {
  /// Bytes of one vector.
  fileprivate mutating func elements(_ count: Int) -> [Int8] {
    var elements: [Int8] = []
    while elements.count < count {
      withUnsafeBytes(of: next()) {
        elements += $0.prefix(count - elements.count).map { Int8(bitPattern: $0) }
      }
    }
    return elements
  }
}
