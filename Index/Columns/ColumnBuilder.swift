// SPDX-License-Identifier: Apache-2.0

/// Gathers one field's values document by document, then makes a ``Column``'s bytes of them.
final class ColumnBuilder {
  private let kind: Column.Kind
  /// Where each document's values start in `values`, counted in values.
  private let starts = FlatArray<UInt32>()
  /// Integers, doubles' bits, provisional numbers of terms; two per place.
  private let values = FlatArray<UInt64>()
  private let terms = TermTable()
  private var width: Int { kind == .place ? 2 : 1 }

  init(kind: Column.Kind) { self.kind = kind }

  /// Starts the next document.
  func beginDocument() { starts.append(UInt32(values.count / width)) }

  func append(integer: Int64) { values.append(UInt64(bitPattern: integer)) }

  func append(number: Double) { values.append(number.bitPattern) }

  func append(term: UnsafeBufferPointer<UInt8>) { values.append(UInt64(terms.number(of: term))) }

  func append(place: GeoPoint) {
    values.append(place.latitude.bitPattern)
    values.append(place.longitude.bitPattern)
  }

  /// Appends the values that a document has in a built column of the same field.
  func append(_ column: Column, document: Int) {
    for index in column.range(document) {
      switch column.kind {
      case .integer: append(integer: column.integer(index))
      case .number: append(number: column.number(index))
      case .term: column.termBytes(column.ordinal(index)).withMemoryRebound(to: UInt8.self, append)
      case .place: append(place: column.place(index))
      }
    }
  }

  /// Appends the values that an earlier document has here.
  func append(valuesOf document: Int) {
    let range = range(document)
    for index in (range.lowerBound * width)..<(range.upperBound * width) {
      values.append(values.base[index])
    }
  }

  /// The column's bytes; see Column.swift.
  ///
  /// `order`: For each document of the column, its number here.
  func build(_ order: [UInt32]) -> [UInt8] {
    starts.append(UInt32(values.count / width))
    let (sorted, ordinals) = usedTerms(order)
    let count = order.reduce(0) { $0 + range(Int($1)).count }
    let isSingle = order.allSatisfy { range(Int($0)).count == 1 }
    var bytes: [UInt8] = [kind.rawValue, isSingle ? 1 : 0, 0, 0, 0, 0, 0, 0]
    bytes.reserveCapacity(32 + 4 * order.count + (kind == .term ? 4 : 8 * width) * count)
    LittleEndian.append(UInt32(order.count), to: &bytes)
    LittleEndian.append(UInt32(count), to: &bytes)
    LittleEndian.append(UInt32(sorted.count), to: &bytes)
    LittleEndian.append(
      UInt32(sorted.reduce(0) { $0 + terms.term(Int($1)).count }),
      to: &bytes
    )
    var start: UInt32 = 0
    LittleEndian.append(start, to: &bytes)
    for old in order {
      start += UInt32(range(Int(old)).count)
      LittleEndian.append(start, to: &bytes)
    }
    for old in order {
      let range = range(Int(old))
      for index in (range.lowerBound * width)..<(range.upperBound * width) {
        if kind == .term {
          LittleEndian.append(ordinals[Int(values.base[index])], to: &bytes)
        } else {
          LittleEndian.append(values.base[index], to: &bytes)
        }
      }
    }
    var end: UInt32 = 0
    for term in sorted {
      end += UInt32(terms.term(Int(term)).count)
      LittleEndian.append(end, to: &bytes)
    }
    for term in sorted { bytes.append(contentsOf: terms.term(Int(term))) }
    return bytes
  }

  private func range(_ document: Int) -> Range<Int> {
    Int(starts.base[document])..<Int(starts.base[document + 1])
  }

  /// The terms of the documents kept, ascending, and each term's ordinal among them.
  private func usedTerms(_ order: [UInt32]) -> (sorted: [UInt32], ordinals: [UInt32]) {
    guard kind == .term else { return ([], []) }
    var ordinals = [UInt32](repeating: .max, count: terms.count)
    var used: [UInt32] = []
    for old in order {
      for index in range(Int(old)) where ordinals[Int(values.base[index])] == .max {
        ordinals[Int(values.base[index])] = 0
        used.append(UInt32(values.base[index]))
      }
    }
    used.sort { terms.term(Int($0)).lexicographicallyPrecedes(terms.term(Int($1))) }
    for (ordinal, term) in used.enumerated() { ordinals[Int(term)] = UInt32(ordinal) }
    return (used, ordinals)
  }
}
