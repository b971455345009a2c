// SPDX-License-Identifier: Apache-2.0
//
// A field's length, in tokens, is kept in one byte a document. Codes 0...127 are exact; above that
// sixteen codes cover each doubling, so the stored length is at most 1/16 off. BM25 needs no more.

/// The one-byte code of a field's length and the arithmetic of BM25's length normalisation.
public enum FieldLengths {
  /// BM25's saturation constant: how fast repeated terms stop counting.
  public static let k1: Float = 1.2
  /// BM25's length constant: 0 ignores the field's length, 1 divides by it.
  public static let b: Float = 0.75

  /// The code for a field of `length` tokens.
  public static func code(_ length: Int) -> UInt8 {
    guard length >= 128 else { return UInt8(max(0, length)) }
    let exponent = Int.bitWidth - 1 - length.leadingZeroBitCount  // 7 for 128...255
    let mantissa = length >> (exponent - 4) & 15
    return UInt8(min(255, 128 + (exponent - 7) * 16 + mantissa))
  }

  /// The length in tokens that a code stands for: the least that has it.
  public static func length(_ code: UInt8) -> Int {
    guard code >= 128 else { return Int(code) }
    let step = Int(code) - 128
    return (16 + step & 15) << (step >> 4 + 3)
  }

  /// For each code, what one occurrence counts: weight / (1 - b + b * length / average).
  public static func occurrenceWeights(average: Float, weight: Float) -> [Float] {
    Array(unsafeUninitializedCapacity: 256) { weights, count in
      if let base = weights.baseAddress { fill(base, average: average, weight: weight) }
      count = 256
    }
  }

  /// The same, into room for 256 values.
  static func fill(_ weights: UnsafeMutablePointer<Float>, average: Float, weight: Float) {
    let average = max(average, 1)
    lengths.withUnsafeBufferPointer { lengths in
      for code in 0..<256 {
        (weights + code).initialize(to: weight / (1 - b + b * lengths[code] / average))
      }
    }
  }

  /// ``length(_:)`` by code: queries make tables of all codes.
  private static let lengths: [Float] = (0...255).map { Float(length(UInt8($0))) }

  /// What one occurrence counts in a field whose length has a code.
  static func occurrence(_ code: UInt8, average: Float, weight: Float) -> Float {
    weight / (1 - b + b * Float(length(code)) / max(average, 1))
  }
}
