// SPDX-License-Identifier: Apache-2.0

/// How a server and the process that encodes texts for it talk.
///
/// In little-endian numbers:
///
///     greeting  "MTLE" version:u32 dimension:u32 length:u32 model's id and version, UTF-8
///     request   texts:u32 (length:u32 UTF-8)[texts]
///     answer    texts:u32 float32[texts * dimension]
///     failure   0xFFFFFFFF length:u32 reason, UTF-8
///
/// The process greets once, then answers each request in order; it ends when its input does.
public enum EncoderFrames {
  /// The version of the protocol.
  public static let version: UInt32 = 1
  /// Texts of a request at most.
  public static let mostTexts = 1024
  /// Bytes of a text at most.
  public static let longestText = 64 << 10
  /// What stands in place of the number of texts where they could not be encoded.
  public static let failure = UInt32.max
  /// What a greeting begins with.
  public static let magic = Array("MTLE".utf8)

  /// The bytes of a greeting.
  public static func greeting(dimension: Int, model: String) -> [UInt8] {
    magic + number(version) + number(UInt32(clamping: dimension)) + text(model)
  }

  /// The bytes of a request; longer texts must have been cut.
  public static func request(_ texts: [String]) -> [UInt8] {
    texts.reduce(into: number(UInt32(clamping: texts.count))) { $0 += text($1) }
  }

  /// The bytes of an answer.
  public static func answer(_ vectors: [[Float]]) -> [UInt8] {
    vectors.reduce(into: number(UInt32(clamping: vectors.count))) { bytes, vector in
      for element in vector { bytes += number(element.bitPattern) }
    }
  }

  /// The bytes that tell of a failure.
  public static func failure(_ reason: String) -> [UInt8] { number(failure) + text(reason) }

  /// A number of four bytes.
  public static func number(_ bytes: some Collection<UInt8>) -> UInt32 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func text(_ text: String) -> [UInt8] {
    number(UInt32(clamping: text.utf8.count)) + text.utf8
  }
}
