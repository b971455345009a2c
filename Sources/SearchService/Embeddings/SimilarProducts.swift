// SPDX-License-Identifier: Apache-2.0

import SearchIndex

/// Finds the products nearest to some given ones by all their vectors.
///
/// Each source's vectors are all compared with the given products' (the sum of these, of unit length);
/// the best of each source are then scored by the weighted mean of the cosines over all sources that
/// both sides have vectors of.
struct SimilarProducts {
  /// The best of each source that the fusion looks at.
  private static let pool = 300

  /// One source and what is sought in it.
  private struct Source {
    var space: VectorSpace
    var weight: Double
    /// The given products' direction; nil if none of them has a vector here.
    var target: QuantizedVector?
  }

  private let store: VectorStore
  private let sources: [Source]
  private let allowed: DocumentSet
  private let given: Set<String>

  /// - Throws: ``IndexError`` with code invalid if the filter cannot be parsed or a source is unknown.
  init(_ columns: VectorColumns, _ snapshot: Snapshot, _ request: RecommendationRequest) throws {
    store = columns.store
    given = Set(request.ids)
    allowed = try snapshot.documents(matching: request.filter)
    let named =
      request.sources.isEmpty
      ? ([VectorSpace.textSource]
        + snapshot.schema.fields.filter { $0.dimensions != nil }.map(\.name))
        .map { ($0, 1.0) }
      : request.sources.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    sources = try named.compactMap { name, weight in
      guard let space = columns.space(name) else {
        guard request.sources.isEmpty else {
          throw IndexError(
            .invalid,
            "There are no vectors `\(name)`: use `_embedding` or a field with `num_dim`."
          )
        }
        return nil
      }
      let target = try Self.direction(columns.store.vectors(of: request.ids, in: space))
      return Source(space: space, weight: weight, target: target)
    }
  }

  /// The sum of vectors of unit length; nil for none.
  private static func direction(_ vectors: [QuantizedVector?]) -> QuantizedVector? {
    var sum: [Float] = []
    for vector in vectors.compactMap({ $0 }) {
      let length = vector.elements.withUnsafeBytes { Float($0.dot($0)).squareRoot() }
      let unit = vector.elements.map { Float($0) / length }
      sum = sum.isEmpty ? unit : zip(sum, unit).map { $0 + $1 }
    }
    let direction = QuantizedVector(sum)
    return direction.elements.isEmpty ? nil : direction
  }

  /// The nearest products that satisfy the filter, with scores above 0 and at most 1; the given ones
  /// are left out.
  func nearest() throws -> [(id: String, score: Double)] {
    var found: Set<String> = []
    for source in sources {
      guard let target = source.target else { continue }
      // Whether a document is live and satisfies the filter costs more than the comparison.
      found.formUnion(
        try Self.nearest(Self.pool + given.count, to: target, in: source.space, of: store) {
          allowed.contains($0.bindMemory(to: UInt8.self))
        }
      )
    }
    let ids = found.subtracting(given).sorted()
    var scores = [Double](repeating: 0, count: ids.count)
    var weights = [Double](repeating: 0, count: ids.count)
    for source in sources {
      guard let target = source.target else { continue }
      for (index, vector) in try store.vectors(of: ids, in: source.space).enumerated() {
        guard let vector else { continue }
        scores[index] += source.weight * Self.cosine(target, vector)
        weights[index] += source.weight
      }
    }
    return ids.indices.compactMap { index in
      let score = scores[index] / weights[index]
      return weights[index] > 0 && score > 0 ? (ids[index], score) : nil
    }
  }

  private static func cosine(_ a: QuantizedVector, _ b: QuantizedVector) -> Double {
    a.elements.withUnsafeBytes { a in
      b.elements.withUnsafeBytes { b in
        Double(a.dot(b)) / (Double(a.dot(a)) * Double(b.dot(b))).squareRoot()
      }
    }
  }

  /// Compares all vectors of a space.
  ///
  /// - Parameters:
  ///   - count: How many of the nearest are wanted.
  ///   - target: What they shall be near to.
  ///   - space: The space.
  ///   - store: Where it is.
  ///   - isAllowed: Whether a document, by its id, may be among them; asked only of those near enough.
  /// - Returns: The ids of the nearest, in no order.
  /// - Throws: `StoreError` if they cannot be read.
  static func nearest(
    _ count: Int,
    to target: QuantizedVector,
    in space: VectorSpace,
    of store: VectorStore,
    isAllowed: (UnsafeRawBufferPointer) -> Bool
  ) throws -> [String] {
    var best = NearestHeap(capacity: count)
    try target.elements.withUnsafeBytes { target in
      try store.forEach(in: space) { id, record in
        guard record.scale > 0 else { return true }
        let squares = record.elements.dot(record.elements)
        let cosine = Float(target.dot(record.elements)) / Float(squares).squareRoot()
        if best.admits(cosine), isAllowed(id) {
          best.insert(cosine, String(decoding: id, as: UTF8.self))
        }
        return true
      }
    }
    return best.ids
  }
}

/// The greatest of many values, with ids: a binary heap whose root is the least of them.
private struct NearestHeap {
  private let capacity: Int
  private var entries: [(value: Float, id: String)] = []

  init(capacity: Int) { self.capacity = capacity }

  var ids: [String] { entries.map(\.id) }

  /// Whether a value would get in.
  func admits(_ value: Float) -> Bool {
    entries.count < capacity ? !value.isNaN : value > entries[0].value
  }

  mutating func insert(_ value: Float, _ id: String) {
    if entries.count < capacity {
      entries.append((value, id))
      var child = entries.count - 1
      while child > 0, entries[child].value < entries[(child - 1) / 2].value {
        entries.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
      return
    }
    entries[0] = (value, id)
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < entries.count else { return }
      let right = left + 1
      let least =
        right < entries.count && entries[right].value < entries[left].value ? right : left
      guard entries[least].value < entries[parent].value else { return }
      entries.swapAt(least, parent)
      parent = least
    }
  }
}
