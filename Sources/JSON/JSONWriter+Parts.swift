// SPDX-License-Identifier: Apache-2.0
//
// For answers that are written as they are made, without a tree of values: most of a search's answer is
// brackets and keys that are always the same.

extension JSONWriter {
  /// Appends a part of a JSON text as it stands: brackets, commas and keys.
  @inlinable
  public mutating func append(_ part: StaticString) {
    part.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Appends a JSON value that has been written before.
  @inlinable
  public mutating func append(json: [UInt8]) { bytes.append(contentsOf: json) }

  /// Writes an array, each element by `body`.
  @inlinable
  public mutating func writeArray<Elements: Sequence>(
    _ elements: Elements,
    _ body: (inout JSONWriter, Elements.Element) throws -> Void
  ) rethrows {
    bytes.append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      try body(&self, element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Writes an array of strings.
  @inlinable
  public mutating func write(_ strings: [String]) {
    writeArray(strings) { writer, string in writer.write(string) }
  }

  /// Writes a boolean.
  @inlinable
  public mutating func write(_ value: Bool) { append(value ? "true" : "false") }

  /// Writes an integer.
  @inlinable
  public mutating func write(_ value: Int) { write(Int64(value)) }
}
