// SPDX-License-Identifier: Apache-2.0
//
// One field's values by document:
//
//   column := kind:u8 isSingle:u8 zero:u8[6] documents:u32 values:u32 terms:u32 termBytes:u32
//             starts:u32[documents + 1]        document d has values starts[d] ..< starts[d + 1];
//                                              isSingle is 1 if each has exactly one
//             value[values]                    by kind, below
//             ends:u32[terms] bytes[termBytes] strings only: the distinct values, ascending
//
//   kind 0: int64      1: float64      2: u32 ordinal of a term      3: latitude, longitude float64

/// Reads a column.
///
/// Any bytes can be read: damage gives an error from the initializer or odd values.
public struct Column {
  /// What the values are.
  enum Kind: UInt8 {
    case integer = 0, number, term, place

    /// What a field's values are.
    init(of type: FieldType) {
      self =
        type.isText
        ? .term : type.isGeo ? .place : type.isInteger || type.isBool ? .integer : .number
    }
  }

  let kind: Kind
  /// Documents of the segment.
  public let documentCount: Int
  /// Distinct strings.
  public let termCount: Int
  private let valueCount: Int
  /// Whether each document has exactly one value: document d the value d.
  let isSingle: Bool
  private let starts: UnsafeRawBufferPointer
  private let values: UnsafeRawBufferPointer
  private let ends: UnsafeRawBufferPointer
  private let allTermBytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
    var reader = ByteReader(bytes)
    let head = try reader.integer(UInt64.self)
    guard let kind = Kind(rawValue: UInt8(head & 0xFF)) else {
      throw IndexError(.corrupt, "A column's kind is unknown: restore from a backup.")
    }
    self.kind = kind
    documentCount = Int(try reader.integer(UInt32.self))
    valueCount = Int(try reader.integer(UInt32.self))
    termCount = Int(try reader.integer(UInt32.self))
    let termLength = Int(try reader.integer(UInt32.self))
    isSingle = head >> 8 & 0xFF == 1 && valueCount == documentCount
    starts = try reader.take(4 * (documentCount + 1))
    guard kind != .term || termCount > 0 || valueCount == 0 else { throw ByteReader.truncated }
    values = try reader.take(valueCount * (kind == .term ? 4 : kind == .place ? 16 : 8))
    ends = try reader.take(4 * termCount)
    allTermBytes = try reader.take(termLength)
  }

  /// The indices of a document's values.
  @inline(__always)
  func range(_ document: Int) -> Range<Int> {
    if isSingle { return document..<(document + 1) }
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
  func term(_ ordinal: Int) -> String { String(decoding: termBytes(ordinal), as: UTF8.self) }

  /// The UTF-8 bytes of the distinct string of an ordinal.
  func termBytes(_ ordinal: Int) -> UnsafeRawBufferPointer {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    guard ordinal < termCount else { return none }
    let start =
      ordinal == 0
      ? 0 : Int(ends.loadUnaligned(fromByteOffset: 4 * (ordinal - 1), as: UInt32.self))
    let end = Int(ends.loadUnaligned(fromByteOffset: 4 * ordinal, as: UInt32.self))
    guard start <= end, end <= allTermBytes.count else { return none }
    return UnsafeRawBufferPointer(rebasing: allTermBytes[start..<end])
  }

  /// A document's values, for output.
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
