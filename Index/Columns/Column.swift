// SPDX-License-Identifier: Apache-2.0
//
// One field's values by document:
//
//   column := kind:u8 zero:u8[7] documents:u32 values:u32 terms:u32 termBytes:u32
//             starts:u32[documents + 1]        document d has values starts[d] ..< starts[d + 1]
//             value[values]                    by kind, below
//             ends:u32[terms] bytes[termBytes] strings only: the distinct values, ascending
//
//   kind 0: int64      1: float64      2: u32 ordinal of a term      3: latitude, longitude float64

/// Builds a column's bytes.
struct ColumnBuilder {
  /// The column of values given in document order.
  static func build(_ documents: [ColumnValue]) -> [UInt8] {
    var starts: [UInt32] = [0]
    starts.reserveCapacity(documents.count + 1)
    var values: [UInt8] = []
    var kind: UInt8 = 0
    var count: UInt32 = 0
    let terms = distinctTerms(documents)
    var ordinals: [String: UInt32] = [:]
    for (ordinal, term) in terms.enumerated() { ordinals[term] = UInt32(ordinal) }
    for document in documents {
      switch document {
      case .integers(let list):
        for value in list { LittleEndian.append(value, to: &values) }
        count += UInt32(list.count)
      case .numbers(let list):
        kind = 1
        for value in list { LittleEndian.append(value.bitPattern, to: &values) }
        count += UInt32(list.count)
      case .strings(let list):
        kind = 2
        for value in list { LittleEndian.append(ordinals[value] ?? 0, to: &values) }
        count += UInt32(list.count)
      case .places(let list):
        kind = 3
        for place in list {
          LittleEndian.append(place.latitude.bitPattern, to: &values)
          LittleEndian.append(place.longitude.bitPattern, to: &values)
        }
        count += UInt32(list.count)
      }
      starts.append(count)
    }
    var bytes: [UInt8] = [kind, 0, 0, 0, 0, 0, 0, 0]
    LittleEndian.append(UInt32(documents.count), to: &bytes)
    LittleEndian.append(count, to: &bytes)
    LittleEndian.append(UInt32(terms.count), to: &bytes)
    LittleEndian.append(UInt32(terms.reduce(0) { $0 + $1.utf8.count }), to: &bytes)
    for start in starts { LittleEndian.append(start, to: &bytes) }
    bytes.append(contentsOf: values)
    var end: UInt32 = 0
    for term in terms {
      end += UInt32(term.utf8.count)
      LittleEndian.append(end, to: &bytes)
    }
    for term in terms { bytes.append(contentsOf: term.utf8) }
    return bytes
  }

  private static func distinctTerms(_ documents: [ColumnValue]) -> [String] {
    var distinct: Set<String> = []
    for case .strings(let list) in documents { distinct.formUnion(list) }
    return distinct.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// Reads a column.
///
/// Any bytes can be read: damage gives an error from the initializer or odd values.
public struct Column {
  /// What the values are.
  enum Kind: UInt8 {
    case integer = 0, number, term, place
  }

  let kind: Kind
  /// Documents of the segment.
  public let documentCount: Int
  /// Distinct strings.
  public let termCount: Int
  private let valueCount: Int
  private let starts: UnsafeRawBufferPointer
  private let values: UnsafeRawBufferPointer
  private let ends: UnsafeRawBufferPointer
  private let termBytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
    var reader = ByteReader(bytes)
    guard let kind = Kind(rawValue: UInt8(try reader.integer(UInt64.self) & 0xFF)) else {
      throw IndexError(.corrupt, "A column's kind is unknown: restore from a backup.")
    }
    self.kind = kind
    documentCount = Int(try reader.integer(UInt32.self))
    valueCount = Int(try reader.integer(UInt32.self))
    termCount = Int(try reader.integer(UInt32.self))
    let termLength = Int(try reader.integer(UInt32.self))
    starts = try reader.take(4 * (documentCount + 1))
    guard kind != .term || termCount > 0 || valueCount == 0 else { throw ByteReader.truncated }
    values = try reader.take(valueCount * (kind == .term ? 4 : kind == .place ? 16 : 8))
    ends = try reader.take(4 * termCount)
    termBytes = try reader.take(termLength)
  }

  /// The indices of a document's values.
  @inline(__always)
  func range(_ document: Int) -> Range<Int> {
    let start = Int(starts.loadUnaligned(fromByteOffset: 4 * document, as: UInt32.self))
    let end = Int(starts.loadUnaligned(fromByteOffset: 4 * document + 4, as: UInt32.self))
    guard start <= end, end <= valueCount else { return 0..<0 }
    return start..<end
  }

  @inline(__always)
  func integer(_ index: Int) -> Int64 {
    values.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self)
  }

  /// A number of either kind.
  @inline(__always)
  func number(_ index: Int) -> Double {
    switch kind {
    case .integer: Double(integer(index))
    case .number: values.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
    case .term: Double(ordinal(index))
    case .place: 0
    }
  }

  @inline(__always)
  func ordinal(_ index: Int) -> Int {
    min(
      Int(values.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)),
      max(0, termCount - 1)
    )
  }

  func place(_ index: Int) -> GeoPoint {
    guard kind == .place else { return GeoPoint(latitude: 0, longitude: 0) }
    return GeoPoint(
      latitude: values.loadUnaligned(fromByteOffset: 16 * index, as: Double.self),
      longitude: values.loadUnaligned(fromByteOffset: 16 * index + 8, as: Double.self)
    )
  }

  /// The distinct string of an ordinal.
  func term(_ ordinal: Int) -> String {
    guard ordinal < termCount else { return "" }
    let start =
      ordinal == 0
      ? 0 : Int(ends.loadUnaligned(fromByteOffset: 4 * (ordinal - 1), as: UInt32.self))
    let end = Int(ends.loadUnaligned(fromByteOffset: 4 * ordinal, as: UInt32.self))
    guard start <= end, end <= termBytes.count else { return "" }
    return String(decoding: termBytes[start..<end], as: UTF8.self)
  }

  /// A document's values, for merging and output.
  func value(_ document: Int) -> ColumnValue {
    let range = range(document)
    switch kind {
    case .integer: return .integers(range.map(integer))
    case .number: return .numbers(range.map(number))
    case .term: return .strings(range.map { term(ordinal($0)) })
    case .place: return .places(range.map(place))
    }
  }
}
