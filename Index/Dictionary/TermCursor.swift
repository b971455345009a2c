// SPDX-License-Identifier: Apache-2.0

/// Reads terms in order, from the start of a block to the dictionary's end.
///
/// The term is kept in plain memory: with an array, counting its references was most of a scan.
final class TermCursor {
  private let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0
  private var left: Int
  private var length = 0
  /// Bytes that the term read last has in common with the one before it, as far as stored.
  private(set) var shared = 0
  private(set) var documentFrequency: UInt32 = 0
  private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ bytes: UnsafeRawBufferPointer, limit: Int) {
    self.bytes = bytes
    left = limit
  }

  deinit { buffer.deallocate() }

  /// The term read last, valid until the next ``advance()``.
  var utf8: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: buffer, count: length) }

  var entry: TermDictionary.Entry {
    TermDictionary.Entry(
      term: Array(utf8),
      documentFrequency: documentFrequency,
      payload: payload
    )
  }

  /// Moves to the next term; false at the end, and at damage.
  func advance() -> Bool {
    guard left > 0 else { return false }
    left -= 1
    let (shared, suffix) = (number(), number())
    guard shared >= 0, suffix >= 0, shared <= length, shared + suffix <= 255,
      offset + suffix <= bytes.count
    else { return stop() }
    for index in 0..<suffix { buffer[shared + index] = bytes[offset + index] }
    offset += suffix
    let (frequency, payloadLength) = (number(), number())
    guard frequency >= 0, payloadLength >= 0, payloadLength <= bytes.count - offset else {
      return stop()
    }
    self.shared = shared
    length = shared + suffix
    documentFrequency = UInt32(truncatingIfNeeded: frequency)
    payload = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + payloadLength)])
    offset += payloadLength
    return true
  }

  private func stop() -> Bool {
    left = 0
    return false
  }

  /// A LEB128 number below 2^56, or -1.
  @inline(__always)
  private func number() -> Int {
    var (value, shift) = (0, 0)
    while offset < bytes.count, shift < 56 {
      let byte = Int(bytes[offset])
      offset += 1
      value |= (byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return -1
  }
}
