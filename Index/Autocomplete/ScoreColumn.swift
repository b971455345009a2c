// SPDX-License-Identifier: Apache-2.0
//
// Scores in descending order, in blocks of 64, each score as its distance from the block's first:
//
//   column := block* packed                  block := first:u32 start:u32 width:u8 shift:u8 zero:u16
//
// `first` is the bit pattern of the float, which orders as the float does; distances are shifted right
// by `shift`, the zero bits that all of them end with, and packed at `width` bits (0...32) from byte
// `start` of `packed`, which eight zero bytes end.

/// The scores of completions by document number.
struct ScoreColumn: @unchecked Sendable {
  private static let blockSize = 64
  private static let headSize = 12

  private let heads: UnsafeRawPointer
  private let packed: UnsafeRawBufferPointer

  /// Wraps stored scores.
  ///
  /// - Throws: ``IndexError`` if `bytes` is too short for `count` scores.
  init(_ bytes: UnsafeRawBufferPointer, count: Int) throws(IndexError) {
    let size = (count + Self.blockSize - 1) / Self.blockSize * Self.headSize
    guard let base = bytes.baseAddress, bytes.count >= size + 8 else { throw ByteReader.truncated }
    heads = base
    packed = UnsafeRawBufferPointer(rebasing: bytes[size...])
  }

  /// The score of a document, whose number is below the count; 0 if it is damaged.
  @inline(__always)
  subscript(document: Int) -> Float {
    let head = heads + document / Self.blockSize * Self.headSize
    let first = head.loadUnaligned(as: UInt32.self)
    let start = Int(head.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    let width = Int(head.load(fromByteOffset: 8, as: UInt8.self))
    let shift = UInt64(head.load(fromByteOffset: 9, as: UInt8.self))
    let bit = document % Self.blockSize * width
    let place = start + bit >> 3
    guard place + 8 <= packed.count, width <= 32 else { return 0 }
    let word = packed.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    let distance = (word >> UInt64(bit & 7) & (1 << UInt64(width) - 1)) << shift
    return Float(bitPattern: UInt32(truncatingIfNeeded: UInt64(first) &- distance))
  }

  /// The stored form of scores that descend and are finite and not negative.
  static func build(_ scores: [Float]) -> [UInt8] {
    var heads: [UInt8] = []
    var packed: [UInt8] = []
    for low in stride(from: 0, to: scores.count, by: blockSize) {
      let block = scores[low..<min(low + blockSize, scores.count)].map(\.bitPattern)
      let first = block[0]
      let distances = block.map { first - $0 }
      let union = distances.reduce(0, |)
      let shift = union == 0 ? 0 : union.trailingZeroBitCount
      let width = UInt32.bitWidth - (union >> UInt32(shift)).leadingZeroBitCount
      LittleEndian.append(first, to: &heads)
      LittleEndian.append(UInt32(packed.count), to: &heads)
      heads.append(contentsOf: [UInt8(width), UInt8(shift), 0, 0])
      guard width > 0 else { continue }
      let bits = distances.map { $0 >> UInt32(shift) }
      // The slack of one block would be inside the next; only the last keeps it.
      packed += bits.withUnsafeBufferPointer { PackedIntegers.pack($0, width: width) }.dropLast(8)
    }
    return heads + packed + [UInt8](repeating: 0, count: 8)
  }
}
