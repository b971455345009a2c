// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
internal import CRankingPlugin
internal import Ranking

/// Where the next array of a slot goes, each at a multiple of 64 bytes.
struct SlotCursor {
  private(set) var next = (MemoryLayout<martlet_slot>.size + 63) & ~63

  /// The offset of `size` more bytes, or nil if the slot is full.
  mutating func reserve(_ size: Int) -> Int? {
    let start = next
    guard size <= MARTLET_SLOT_BYTES - start else { return nil }
    next = (start + size + 63) & ~63
    return start
  }
}

/// Appends arrays to a slot's memory.
struct SlotWriter {
  private var cursor = SlotCursor()
  private let start: UnsafeMutableRawPointer
  /// The worker's address of the slot, for pointers inside strings.
  private let base: UInt64

  init(memory: UnsafeMutablePointer<martlet_slot>, base: UInt64) {
    start = UnsafeMutableRawPointer(memory)
    self.base = base
  }

  func array<T>(_: T.Type, at offset: Int) -> UnsafeMutablePointer<T> {
    (start + offset).assumingMemoryBound(to: T.self)
  }

  func offset(_ pointer: UnsafeMutableRawPointer) -> UInt64 { UInt64(pointer - start) }

  mutating func reserve<T>(_: T.Type, _ count: Int) -> UnsafeMutablePointer<T>? {
    cursor.reserve(max(1, count) * MemoryLayout<T>.stride).map { array(T.self, at: $0) }
  }

  mutating func write(_ text: String) -> martlet_span? {
    var text = text
    return text.withUTF8 { utf8 in
      guard let place = reserve(UInt8.self, utf8.count) else { return nil }
      place.update(from: utf8)
      return martlet_span(offset: offset(place), count: UInt64(utf8.count))
    }
  }

  mutating func write(_ texts: [String]) -> martlet_span? {
    guard let strings = reserve(rp_string.self, texts.count) else { return nil }
    for (index, text) in texts.enumerated() {
      guard let span = write(text) else { return nil }
      strings[index] = string(at: span.offset, span.count)
    }
    return martlet_span(offset: offset(strings), count: UInt64(texts.count))
  }

  mutating func write(_ list: WeightedList) -> (items: martlet_span, weights: UInt64)? {
    guard list.weights.count == list.items.count, let items = write(list.items),
      let weights = reserve(Double.self, list.weights.count)
    else { return nil }
    list.weights.withUnsafeBufferPointer { weights.update(from: $0) }
    return (items, offset(weights))
  }

  /// Writes the strings of the candidates in `order`; their bytes go in one piece.
  mutating func write(_ column: TextColumn, _ order: some Sequence<Int>) -> UInt64? {
    let indices = Array(order)
    guard let strings = reserve(rp_string.self, indices.count),
      let bytes = reserve(UInt8.self, indices.reduce(0) { $0 + (column.range($1)?.count ?? 0) })
    else { return nil }
    var filled = 0
    column.bytes.withUnsafeBufferPointer { source in
      for (place, index) in indices.enumerated() {
        guard let range = column.range(index) else {
          strings[place] = rp_string(data: nil, size: 0)
          continue
        }
        (bytes + filled).update(from: UnsafeBufferPointer(rebasing: source[range]))
        strings[place] = string(at: offset(bytes + filled), UInt64(range.count))
        filled += range.count
      }
    }
    return offset(strings)
  }

  /// Writes a column in the candidates' order; a column that the collection lacks reads as missing.
  mutating func write(
    _ column: FeatureColumn?,
    as kind: FeatureKind,
    _ order: ArraySlice<Int>
  ) -> (values: UInt64, starts: UInt64, dimension: UInt32)? {
    switch column {
    case .numbers(let values):
      guard let place = reserve(Double.self, order.count) else { return nil }
      for (index, candidate) in order.enumerated() { place[index] = values[candidate] }
      return (offset(place), 0, 0)
    case .strings(let texts):
      return write(texts, order).map { ($0, 0, 0) }
    case .lists(let starts, let texts):
      guard let places = reserve(UInt32.self, order.count + 1) else { return nil }
      var indices: [Int] = []
      for (index, candidate) in order.enumerated() {
        places[index] = UInt32(indices.count)
        indices.append(contentsOf: starts[candidate]..<starts[candidate + 1])
      }
      places[order.count] = UInt32(indices.count)
      return write(texts, indices).map { ($0, offset(places), 0) }
    case .vectors(let dimension, let values):
      guard let place = reserve(Float.self, order.count * dimension) else { return nil }
      values.withUnsafeBufferPointer { source in
        for (index, candidate) in order.enumerated() {
          let row = source[(candidate * dimension)..<((candidate + 1) * dimension)]
          (place + index * dimension).update(from: UnsafeBufferPointer(rebasing: row))
        }
      }
      return (offset(place), 0, UInt32(dimension))
    case nil: return writeMissing(kind, order.count)
    }
  }

  private mutating func writeMissing(
    _ kind: FeatureKind,
    _ count: Int
  ) -> (values: UInt64, starts: UInt64, dimension: UInt32)? {
    switch kind {
    case .number:
      guard let place = reserve(Double.self, count) else { return nil }
      place.update(repeating: .nan, count: count)
      return (offset(place), 0, 0)
    case .string, .strings:
      guard let place = reserve(rp_string.self, count),
        let starts = reserve(UInt32.self, count + 1)
      else { return nil }
      place.update(repeating: rp_string(data: nil, size: 0), count: count)
      starts.update(repeating: 0, count: count + 1)
      return (offset(place), offset(starts), 0)
    case .vector: return (0, 0, 0)
    }
  }

  private func string(at offset: UInt64, _ size: UInt64) -> rp_string {
    rp_string(data: UnsafePointer(bitPattern: UInt(base &+ offset)), size: size)
  }
}

extension UnsafeMutablePointer {
  /// Copies a buffer here; nothing for an empty one without address.
  func update(from buffer: UnsafeBufferPointer<Pointee>) {
    if let source = buffer.baseAddress { update(from: source, count: buffer.count) }
  }
}
