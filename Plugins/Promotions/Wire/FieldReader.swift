// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Reads the members of one JSON object, with errors that name the member and the remedy.
struct FieldReader {
  /// Bytes in one string at most.
  static let stringLimit = 100_000

  let json: JSON
  /// Where the object is, such as `items[3].rule`; "" for the outermost.
  let path: String

  init(_ json: JSON, path: String) throws(CurationError) {
    guard json.object != nil else {
      let name = path.isEmpty ? "The body" : "`\(path)`"
      throw CurationError(.invalid, field: path, "\(name) must be a JSON object.")
    }
    (self.json, self.path) = (json, path)
  }

  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func error(_ key: String, _ remedy: String) -> CurationError {
    CurationError(.invalid, field: name(key), "`\(name(key))` \(remedy)")
  }

  /// The member; null counts as missing, as clients send it for what is not set.
  func member(_ key: String) -> JSON? {
    let value = json[key]
    return value == .null ? nil : value
  }

  func string(_ key: String) throws(CurationError) -> String? {
    guard let value = member(key) else { return nil }
    guard let text = value.string else { throw error(key, "must be a string.") }
    guard text.utf8.count <= Self.stringLimit else {
      throw error(key, "is longer than \(Self.stringLimit) bytes: send a shorter text.")
    }
    return text
  }

  /// A string that is not empty; an empty one counts as missing.
  func text(_ key: String) throws(CurationError) -> String? {
    let text = try string(key)
    return text == "" ? nil : text
  }

  func bool(_ key: String) throws(CurationError) -> Bool? {
    guard let value = member(key) else { return nil }
    guard let flag = value.bool else { throw error(key, "must be true or false.") }
    return flag
  }

  func integer(_ key: String, in range: ClosedRange<Int64>) throws(CurationError) -> Int64? {
    guard let value = member(key) else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw error(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  func number(_ key: String, in range: ClosedRange<Double>) throws(CurationError) -> Double? {
    guard let value = member(key) else { return nil }
    guard let number = value.double, range.contains(number) else {
      throw error(key, "must be a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  /// A document's id, 1 to 511 bytes; a whole number stands for its digits.
  func identifier(_ key: String) throws(CurationError) -> String {
    let text = json[key]?.string ?? json[key]?.int.map { String($0) }
    guard let text, (1...511).contains(text.utf8.count) else {
      throw error(key, "must be an id, a string of 1 to 511 bytes.")
    }
    return text
  }

  func strings(_ key: String, limit: Int) throws(CurationError) -> [String]? {
    guard let elements = try array(key, limit: limit) else { return nil }
    var strings: [String] = []
    for element in elements {
      guard let text = element.string, !text.isEmpty else {
        throw error(key, "must be an array of strings that are not empty.")
      }
      strings.append(text)
    }
    return strings
  }

  /// Readers of the objects of an array.
  func objects(_ key: String, limit: Int) throws(CurationError) -> [FieldReader]? {
    guard let elements = try array(key, limit: limit) else { return nil }
    var readers: [FieldReader] = []
    for (index, element) in elements.enumerated() {
      readers.append(try FieldReader(element, path: "\(name(key))[\(index)]"))
    }
    return readers
  }

  private func array(_ key: String, limit: Int) throws(CurationError) -> [JSON]? {
    guard let value = member(key) else { return nil }
    guard let elements = value.array else { throw error(key, "must be an array.") }
    guard elements.count <= limit else {
      throw error(key, "has more than \(limit) elements: split it over several rules.")
    }
    return elements
  }
}
