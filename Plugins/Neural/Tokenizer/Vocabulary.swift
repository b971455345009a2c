// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The pieces of words that a model knows, numbered.
///
/// A piece is looked up by its bytes' FNV-1a hash in a table with open addressing, so that the hashes
/// of all prefixes of a word cost one pass over it. The `##` that marks a continuation is part of the
/// hash but not of the bytes.
public struct Vocabulary: Sendable {
  /// Pieces at most; more is no vocabulary.
  static let largest = 1 << 20
  /// Bytes of a file at most.
  static let largestFile = 64 << 20

  private let bytes: [UInt8]
  /// Where each piece ends in ``bytes``.
  private let ends: [UInt32]
  /// Which pieces continue a word.
  private let continues: [Bool]
  /// Numbers of pieces by hash, -1 for none; a power of two of them.
  private let slots: [Int32]

  /// The number of `[CLS]`, which a text begins with.
  public private(set) var start: Int32 = 0
  /// The number of `[SEP]`, which a text ends with.
  public private(set) var separator: Int32 = 0
  /// The number of `[UNK]`, which stands for words that no pieces make.
  public private(set) var unknown: Int32 = 0
  /// The number of `[PAD]`, which fills what is shorter than others; 0 without it.
  public private(set) var padding: Int32 = 0

  /// Reads a vocabulary of one piece a line, numbered from 0, as BERT's models bring it.
  ///
  /// - Throws: ``TokenizerError`` if the file is missing, too large or has no special pieces.
  public init(path: String) throws(TokenizerError) {
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: Self.largestFile + 1)
    else { throw TokenizerError("Could not read the vocabulary '\(path)': check the path.") }
    guard data.count <= Self.largestFile else {
      throw TokenizerError("'\(path)' has over 64 MiB: a vocabulary has one word piece a line.")
    }
    try self.init([UInt8](data))
  }

  /// A vocabulary of lines.
  ///
  /// - Throws: ``TokenizerError`` if it has too many pieces or lacks `[CLS]`, `[SEP]` or `[UNK]`.
  public init(_ lines: [UInt8]) throws(TokenizerError) {
    var (bytes, ends, continues): ([UInt8], [UInt32], [Bool]) = ([], [], [])
    bytes.reserveCapacity(lines.count)
    var rest = lines[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != 0x0A }
      rest = rest.dropFirst(line.count + 1)
      let piece = line.last == 0x0D ? line.dropLast() : line
      continues.append(piece.count > 2 && piece.starts(with: Self.mark))
      bytes += continues.last == true ? piece.dropFirst(2) : piece
      ends.append(UInt32(bytes.count))
    }
    guard ends.count <= Self.largest else {
      throw TokenizerError("The vocabulary has over a million pieces: is it one?")
    }
    var slots = [Int32](repeating: -1, count: Self.slotCount(ends.count))
    var begin = 0
    for (number, end) in ends.enumerated() {
      let hash = bytes[begin..<Int(end)].reduce(Self.seed(continues[number]), Self.mix)
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
      begin = Int(end)
    }
    (self.bytes, self.ends, self.continues, self.slots) = (bytes, ends, continues, slots)
    func special(_ name: String) throws(TokenizerError) -> Int32 {
      let bytes = Array(name.utf8)
      let hash = bytes.reduce(Self.seed(false), Self.mix)
      guard let number = number(of: bytes[...], continues: false, hash: hash) else {
        throw TokenizerError(
          "The vocabulary has no '\(name)': take the vocab.txt that belongs to the model."
        )
      }
      return number
    }
    start = try special("[CLS]")
    separator = try special("[SEP]")
    unknown = try special("[UNK]")
    padding = (try? special("[PAD]")) ?? 0
  }

  /// The number of pieces.
  public var count: Int { ends.count }

  private static let mark = Array("##".utf8)

  /// What the hash of a piece begins with.
  static func seed(_ continues: Bool) -> UInt64 {
    let start: UInt64 = 0xCBF2_9CE4_8422_2325
    return continues ? mark.reduce(start, mix) : start
  }

  static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x100_0000_01B3
  }

  private static func slotCount(_ pieces: Int) -> Int {
    var count = 16
    while count < 2 * pieces { count *= 2 }
    return count
  }

  /// The number of a piece, given without `##`, whose hash is known; the first line's, if several lines are equal.
  func number(of piece: ArraySlice<UInt8>, continues isRest: Bool, hash: UInt64) -> Int32? {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      let begin = number == 0 ? 0 : Int(ends[number - 1])
      if continues[number] == isRest, bytes[begin..<Int(ends[number])].elementsEqual(piece) {
        return slots[slot]
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }
}

/// Why texts cannot be cut into tokens.
public struct TokenizerError: Error, Equatable, CustomStringConvertible {
  /// What happened and the remedy.
  public let description: String

  init(_ description: String) { self.description = description }
}
