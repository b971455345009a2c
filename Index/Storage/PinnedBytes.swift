// SPDX-License-Identifier: Apache-2.0

/// Keeps a segment's small sections in memory of its own.
///
/// LMDB gives a value of half a page or more pages of its own, which stay where they are until the
/// value is deleted. Smaller values share a leaf page, and the next commit that touches the leaf
/// moves them; so what outlives one transaction is copied.
final class PinnedBytes {
  /// Values at least this long surely have pages of their own.
  private static let ownPages = 4096

  private var copies: [UnsafeMutableRawBufferPointer] = []

  deinit {
    for copy in copies { copy.deallocate() }
  }

  /// The same bytes, at a place that lasts as long as this object and the stored value.
  func pin(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard bytes.count < Self.ownPages else { return bytes }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    copy.copyMemory(from: bytes)
    copies.append(copy)
    return UnsafeRawBufferPointer(copy)
  }
}
