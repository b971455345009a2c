// SPDX-License-Identifier: Apache-2.0
//
// As stored (Documentation/Formats/Vectors.md):
//
//   offset  bytes  field
//   0       8      hash of what the vector was made of
//   8       4      scale, float
//   12      4      checksum of the rest
//   16      n      one signed byte an element; none where the document has no vector

import CVectorKernels

/// A vector as signed bytes and what they are multiplied with; the greatest element is 127 or -127.
///
/// An element is off by at most scale / 2, which changes the cosine of unit vectors of 384 elements by
/// some thousandths.
struct QuantizedVector: Equatable, Sendable {
  /// What one step is worth.
  var scale: Float
  var elements: [Int8]

  /// Elements that a stored vector may have.
  static let mostElements = 4096

  /// No vector.
  static let none = QuantizedVector(scale: 0, elements: [])

  init(scale: Float, elements: [Int8]) { (self.scale, self.elements) = (scale, elements) }

  /// Rounds a vector; one with an element that is not finite, or of zeros, is ``none``.
  init(_ vector: [Float]) {
    let greatest = vector.reduce(0) { max($0, $1.magnitude) }
    let scale = greatest / 127
    guard greatest.isFinite, scale >= .leastNormalMagnitude,
      vector.allSatisfy({ $0.isFinite })
    else {
      self = .none
      return
    }
    self.init(
      scale: scale,
      elements: vector.map { Int8(clamping: Int(($0 / scale).rounded())) }
    )
  }

  /// The vector with rounding errors.
  var floats: [Float] { elements.map { Float($0) * scale } }

  /// The stored form.
  func bytes(hash: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(VectorRecord.headerSize + elements.count)
    withUnsafeBytes(of: hash.littleEndian) { bytes += $0 }
    withUnsafeBytes(of: scale.bitPattern.littleEndian) { bytes += $0 }
    elements.withUnsafeBytes { elements in
      let sum = VectorRecord.checksum(hash, scale, elements)
      withUnsafeBytes(of: sum.littleEndian) { bytes += $0 }
      bytes += elements
    }
    return bytes
  }
}

/// A stored vector, read in place.
struct VectorRecord {
  static let headerSize = 16

  let hash: UInt64
  let scale: Float
  let elements: UnsafeRawBufferPointer

  /// Nil if the bytes are no stored vector, as after damage.
  ///
  /// `verify`: Whether to compute the checksum, which costs more than a scan does.
  init?(_ bytes: UnsafeRawBufferPointer, verify: Bool = true) {
    guard bytes.count >= Self.headerSize else { return nil }
    hash = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    scale = Float(
      bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    )
    elements = UnsafeRawBufferPointer(rebasing: bytes[Self.headerSize...])
    let sum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    guard scale.isFinite, scale >= 0, elements.count <= QuantizedVector.mostElements,
      !verify || sum == Self.checksum(hash, scale, elements)
    else { return nil }
  }

  /// Nil where the document has no vector of this dimension.
  func vector(dimension: Int) -> QuantizedVector? {
    guard elements.count == dimension, scale > 0 else { return nil }
    return QuantizedVector(scale: scale, elements: elements.map { Int8(bitPattern: $0) })
  }

  /// FNV-1a of words of eight bytes, folded.
  static func checksum(_ hash: UInt64, _ scale: Float, _ elements: UnsafeRawBufferPointer) -> UInt32
  {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ word: UInt64) { sum = (sum ^ word) &* 0x100_0000_01B3 }
    mix(hash)
    mix(UInt64(scale.bitPattern) << 32 | UInt64(elements.count))
    let words = elements.count / 8
    for word in 0..<words {
      mix(UInt64(littleEndian: elements.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)))
    }
    for byte in elements[(8 * words)...] { mix(UInt64(byte)) }
    return UInt32(truncatingIfNeeded: sum ^ sum >> 32)
  }
}

extension UnsafeRawBufferPointer {
  /// The sum of products with another vector of as many signed bytes.
  func dot(_ other: UnsafeRawBufferPointer) -> Int32 {
    martlet_dot_int8(
      baseAddress?.assumingMemoryBound(to: Int8.self),
      other.baseAddress?.assumingMemoryBound(to: Int8.self),
      Swift.min(count, other.count)
    )
  }
}
