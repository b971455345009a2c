// SPDX-License-Identifier: Apache-2.0

/// One record of a bucket of a ``KeyTable``, checked to lie within the bytes.
struct RecordView {
  let shared: Int
  let length: Int
  let suffix: UnsafePointer<UInt8>
  let extras: UnsafeRawBufferPointer
  let next: UnsafePointer<UInt8>

  @inline(__always)
  init?(_ record: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
    guard end - record >= 2 else { return nil }
    shared = Int(record[0])
    var length = Int(record[1] & 0x7F)
    var start = record + 2
    if length == 127 {
      guard end > start else { return nil }
      length += Int(start[0])
      start += 1
    }
    guard end - start >= length else { return nil }
    self.length = length
    suffix = start
    var after = start + length
    if record[1] < 0x80 {
      extras = UnsafeRawBufferPointer(start: nil, count: 0)
    } else {
      var reader = ByteReader(UnsafeRawBufferPointer(start: after, count: end - after))
      guard let size = try? reader.varint(), size <= UInt64(reader.remaining) else { return nil }
      extras = UnsafeRawBufferPointer(start: after + reader.offset, count: Int(size))
      after += reader.offset + Int(size)
    }
    next = after
  }

  /// Copies the suffix, 16 bytes at a time: both sides have room to run over.
  @inline(__always)
  func copySuffix(to target: UnsafeMutablePointer<UInt8>) {
    typealias Chunk = SIMD16<UInt8>
    let (from, to) = (UnsafeRawPointer(suffix), UnsafeMutableRawPointer(target))
    var offset = 0
    repeat {
      to.storeBytes(
        of: from.loadUnaligned(fromByteOffset: offset, as: Chunk.self),
        toByteOffset: offset,
        as: Chunk.self
      )
      offset += 16
    } while offset < length
  }
}
