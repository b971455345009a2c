// SPDX-License-Identifier: Apache-2.0

extension Snapshot {
  /// The number of a field's column; nil if it has none or its type is another.
  func column(_ field: String, where isWanted: (FieldType) -> Bool) -> Int? {
    schema.columnFields.firstIndex { $0.name == field && isWanted($0.type) }
  }

  /// The distinct strings of a field in one segment, those of deleted documents included.
  ///
  /// `id`: One of ``segments``; as a segment never changes, its strings may be kept.
  ///
  /// - Returns: The strings, ascending; nil if there is no such segment or the field has no column of
  ///   strings.
  public func distinctStrings(_ field: String, inSegment id: UInt64) -> [String]? {
    guard let part = parts.first(where: { $0.segment.id == id }),
      let index = column(field, where: \.isText)
    else { return nil }
    let column = part.segment.columns[index]
    return (0..<column.termCount).map(column.term)
  }

  /// Codes of all values that each candidate has in a field: values are the same if their codes are,
  /// but for a chance of one in 2^64.
  ///
  /// - Returns: A set for each candidate; nil if the field has no column of strings, numbers or
  ///   booleans.
  public func valueCodes(_ field: String, of candidates: [ScoredDocument]) -> [Set<UInt64>]? {
    guard let index = column(field, where: { !$0.isGeo }) else { return nil }
    let isText = schema.columnFields[index].type.isText
    return candidates.map { candidate in
      let column = parts[Int(candidate.segment)].segment.columns[index]
      return Set(
        column.range(Int(candidate.document)).map { value in
          guard isText else { return column.number(value).bitPattern }
          var term = column.term(column.ordinal(value))
          return term.withUTF8 { Checksum.of(UnsafeRawBufferPointer($0)) }
        }
      )
    }
  }
}
