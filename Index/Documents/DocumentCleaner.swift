// SPDX-License-Identifier: Apache-2.0

import JSON

/// Makes the values of a document fit a schema, or leaves them out.
///
/// Only documents that were found not to fit come here, so those that fit cost nothing.
struct DocumentCleaner {
  let schema: CollectionSchema
  let policy: DirtyValues

  /// The document with what could be mended; nil if there is nothing to mend.
  func clean(_ document: JSON) -> JSON? {
    var cleaned = document
    for field in schema.fields where field.index {
      if document[field.name] != nil {
        cleaned = clean(cleaned, [field.name[...]], field, inArray: false) ?? .object([])
      } else if schema.nestedFields, field.name.contains(".") {
        let path = field.name.split(separator: ".")[...]
        cleaned = clean(cleaned, path, field, inArray: false) ?? .object([])
      }
    }
    return cleaned == document ? nil : cleaned
  }

  /// A value with what is at a path mended; nil if it is to be left out.
  private func clean(
    _ value: JSON,
    _ path: ArraySlice<Substring>,
    _ field: Field,
    inArray: Bool
  ) -> JSON? {
    guard let key = path.first else { return mended(value, field, inArray: inArray) }
    if let elements = value.array {
      return .array(elements.compactMap { clean($0, path, field, inArray: true) })
    }
    guard let members = value.object else { return value }
    return .object(
      members.compactMap { member in
        guard member.key == key else { return member }
        return clean(member.value, path.dropFirst(), field, inArray: inArray).map {
          JSON.Member(member.key, $0)
        }
      }
    )
  }

  private func mended(_ value: JSON, _ field: Field, inArray: Bool) -> JSON? {
    let type = field.type
    if value == .null || fits(value, type, inArray: inArray) { return value }
    if policy.coerces, let coerced = coerced(value, type, inArray: inArray) { return coerced }
    // What cannot be mended stays, for the document to be refused with the reason.
    return policy == .coerceOrReject ? value : nil
  }

  private func fits(_ value: JSON, _ type: FieldType, inArray: Bool) -> Bool {
    if type.isGeo { return coerced(value, type, inArray: inArray) == value }
    guard let elements = value.array else {
      return (inArray || !type.isArray) && single(value, type) == value
    }
    return type.isArray && elements.allSatisfy { single($0, type) == $0 }
  }

  private func coerced(_ value: JSON, _ type: FieldType, inArray: Bool) -> JSON? {
    if type.isGeo { return places(value, type, inArray: inArray) }
    guard type.isArray, !inArray || value.array != nil else { return single(value, type) }
    let elements = (value.array ?? [value]).map { single($0, type) }
    return elements.contains(nil) ? nil : .array(elements.compactMap { $0 })
  }

  private func places(_ value: JSON, _ type: FieldType, inArray: Bool) -> JSON? {
    guard let elements = value.array else { return nil }
    if type.isArray, !inArray, elements.contains(where: { $0.array != nil }) {
      let places = elements.map { self.places($0, .geopoint, inArray: false) }
      return places.contains(nil) ? nil : .array(places.compactMap { $0 })
    }
    let degrees = elements.map { single($0, .float) }
    let isRight = type == .geopolygon ? degrees.count >= 6 : degrees.count == 2
    return isRight && !degrees.contains(nil) ? .array(degrees.compactMap { $0 }) : nil
  }

  /// A value as one of a type, whether arrays or not; nil if it cannot be one.
  private func single(_ value: JSON, _ type: FieldType) -> JSON? {
    if type.isText {
      switch value {
      case .string: return value
      case .int, .double, .bool: return .string(String(decoding: value.serialized(), as: UTF8.self))
      case .null, .array, .object: return nil
      }
    }
    if type.isBool {
      switch value {
      case .bool: return value
      case .int(0), .string("0"), .string("false"): return false
      case .int(1), .string("1"), .string("true"): return true
      default: return nil
      }
    }
    if type.isInteger { return whole(value, type) }
    switch value {
    case .int, .double: return value
    case .bool(let flag): return .double(flag ? 1 : 0)
    case .string(let text): return Double(text.trimmed).flatMap { $0.isFinite ? .double($0) : nil }
    case .null, .array, .object: return nil
    }
  }

  private func whole(_ value: JSON, _ type: FieldType) -> JSON? {
    let number: Int64? =
      switch value {
      case .int(let number): number
      case .double(let number): Int64(exactly: number)
      case .bool(let flag): flag ? 1 : 0
      case .string(let text):
        Int64(text.trimmed) ?? Double(text.trimmed).flatMap { Int64(exactly: $0) }
      case .null, .array, .object: nil
      }
    guard let number, type != .int32 && type != .int32s || Int32(exactly: number) != nil else {
      return nil
    }
    // A whole number written as 3.0 is one.
    if case .double = value { return value }
    return .int(number)
  }
}
