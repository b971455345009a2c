// SPDX-License-Identifier: Apache-2.0

import JSON

/// What one document holds for one field, read as the field's type.
struct FieldValue {
  private let field: Field
  /// The value, or the values gathered for a dotted name; nulls left out.
  private let values: [JSONView]
  /// Whether `values` are the elements of an array, written or gathered.
  private let isArray: Bool

  /// - Parameters:
  ///   - direct: The value of the member that has the field's whole name.
  ///   - field: The field.
  ///   - document: The document, which a dotted name reaches into.
  ///   - schema: Says whether dotted names do.
  init(_ direct: JSONView?, _ field: Field, in document: JSONView, schema: CollectionSchema) {
    self.field = field
    if let direct {
      isArray = direct.kind == .array
      values = direct.kind == .null ? [] : [direct]
      return
    }
    guard schema.nestedFields, field.name.contains(".") else {
      (values, isArray) = ([], false)
      return
    }
    var gathered = [document]
    var throughArray = false
    for part in field.name.split(separator: ".") {
      var next: [JSONView] = []
      for value in gathered {
        var inner: JSONView?
        value.forEachPair { key, value in if key.elementsEqual(part.utf8) { inner = value } }
        guard let inner else { continue }
        if inner.kind == .array {
          throughArray = true
          inner.forEachElement { next.append($0) }
        } else {
          next.append(inner)
        }
      }
      gathered = next
    }
    values = gathered.filter { $0.kind != .null }
    isArray = throughArray
  }

  /// Whether there is a value that is not null.
  var isPresent: Bool { !values.isEmpty || isArray }

  private var mismatch: IndexError {
    let article = "aeiou".contains(field.type.rawValue.prefix(1)) ? "an" : "a"
    return IndexError(.invalid, "Field `\(field.name)` must be \(article) \(field.type.rawValue).")
  }

  /// Calls `body` with each single value; one where an array is declared, or the other way round, is
  /// an error.
  private func forEach(_ body: (JSONView) throws(IndexError) -> Void) throws(IndexError) {
    guard isArray == field.type.isArray else { throw mismatch }
    var failure: IndexError?
    func visit(_ value: JSONView) {
      guard failure == nil else { return }
      do { try body(value) } catch { failure = error }
    }
    for value in values {
      if value.kind == .array { value.forEachElement(visit) } else { visit(value) }
    }
    if let failure { throw failure }
  }

  /// Calls `body` with each text.
  func forEachText(_ body: (UnsafeBufferPointer<UInt8>) -> Void) throws(IndexError) {
    try forEach { value throws(IndexError) in
      guard let utf8 = value.utf8 else { throw mismatch }
      body(utf8)
    }
  }

  /// Appends numbers, booleans or places.
  func append(to column: ColumnBuilder) throws(IndexError) {
    if field.type.isGeo { return try appendPlaces(to: column) }
    try forEach { value throws(IndexError) in
      if field.type.isBool {
        guard let flag = value.bool else { throw mismatch }
        column.append(integer: flag ? 1 : 0)
      } else if field.type.isInteger {
        let whole = value.integer ?? value.double.flatMap { Int64(exactly: $0) }
        guard let number = whole,
          field.type != .int32 && field.type != .int32s || Int32(exactly: number) != nil
        else { throw mismatch }
        column.append(integer: number)
      } else {
        guard let number = value.double, number.isFinite else { throw mismatch }
        column.append(number: number)
      }
    }
  }

  /// Checks the elements of a vector, which the layers above keep.
  func checkVector(_ dimensions: Int) throws(IndexError) {
    var count = 0
    try forEach { value throws(IndexError) in
      guard let number = value.double, number.isFinite else { throw mismatch }
      count += 1
    }
    guard count == dimensions else {
      throw IndexError(.invalid, "Field `\(field.name)` must have \(dimensions) dimensions.")
    }
  }

  /// One place is [latitude, longitude]; an array field holds several of them.
  private func appendPlaces(to column: ColumnBuilder) throws(IndexError) {
    if field.type == .geopolygon { return try appendPolygon(to: column) }
    var places: [GeoPoint?] = []
    for value in values {
      if field.type.isArray {
        value.forEachElement { places.append(Self.place($0)) }
      } else {
        places.append(Self.place(value))
      }
    }
    for place in places {
      guard let place else { throw mismatch }
      column.append(place: place)
    }
  }

  /// Corners of a polygon at most: whether its sides cross takes a time that grows with their square.
  private static let mostCorners = 1000

  /// A polygon is [latitude, longitude, latitude, longitude, ...].
  private func appendPolygon(to column: ColumnBuilder) throws(IndexError) {
    for value in values {
      var degrees: [Double] = []
      value.forEachElement { degrees.append($0.double ?? .nan) }
      let corners = stride(from: 0, to: degrees.count & ~1, by: 2).map {
        GeoPoint(latitude: degrees[$0], longitude: degrees[$0 + 1])
      }
      guard degrees.count % 2 == 0, (3...Self.mostCorners).contains(corners.count),
        corners.allSatisfy({ abs($0.latitude) <= 90 && abs($0.longitude) <= 180 })
      else { throw mismatch }
      guard !Geo.crossesItself(corners) else {
        throw IndexError(
          .invalid,
          "The sides of `\(field.name)` cross: give its corners in order, either way around."
        )
      }
      for corner in corners { column.append(place: corner) }
    }
  }

  private static func place(_ value: JSONView) -> GeoPoint? {
    var degrees: [Double] = []
    value.forEachElement { degrees.append($0.double ?? .nan) }
    guard degrees.count == 2, abs(degrees[0]) <= 90, abs(degrees[1]) <= 180 else { return nil }
    return GeoPoint(latitude: degrees[0], longitude: degrees[1])
  }
}
