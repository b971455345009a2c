// SPDX-License-Identifier: Apache-2.0

/// A growable array of plain values without bounds checks or copy-on-write, for indexing loops.
///
/// Profiled reason: with `Array` the uniqueness check on every append was a sixth of indexing time.
final class FlatArray<Element: BitwiseCopyable>: @unchecked Sendable {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 1024) {
    self.capacity = max(1, capacity)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  @inline(__always)
  func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    base[count] = element
    count += 1
  }

  /// Appends many elements at once.
  func append(_ elements: UnsafeBufferPointer<Element>) {
    guard let source = elements.baseAddress else { return }
    if count + elements.count > capacity { grow(to: count + elements.count) }
    (base + count).update(from: source, count: elements.count)
    count += elements.count
  }

  /// Makes room for `count` elements whose values are not yet set.
  func resize(to count: Int, filling element: Element) {
    if count > capacity { grow(to: count) }
    if count > self.count {
      (base + self.count).initialize(repeating: element, count: count - self.count)
    }
    self.count = count
  }

  /// Takes away all but the first `count` elements.
  func shrink(to count: Int) { self.count = min(self.count, count) }

  var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  private func grow(to needed: Int) {
    let larger = max(needed, capacity + capacity / 2 + 16)
    let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    moved.update(from: base, count: count)
    base.deallocate()
    base = moved
    capacity = larger
  }
}

/// Numbers the distinct terms of an indexing buffer in order of first sight.
final class TermTable {
  private let bytes = FlatArray<UInt8>(capacity: 1 << 16)
  private let starts = FlatArray<UInt64>(capacity: 1 << 12)
  /// Open addressing; a slot is (high hash bits << 32 | term number + 1), 0 if free.
  private var slots: FlatArray<UInt64>
  private var mask: UInt64

  init() {
    slots = FlatArray(capacity: 1 << 14)
    slots.resize(to: 1 << 14, filling: 0)
    mask = 1 << 14 - 1
    starts.append(0)
  }

  /// The number of distinct terms.
  var count: Int { starts.count - 1 }

  /// The bytes of a term; valid until the next ``number(of:)``.
  @inline(__always)
  func term(_ number: Int) -> UnsafeBufferPointer<UInt8> {
    let start = Int(starts.base[number])
    let end = Int(starts.base[number + 1])
    return UnsafeBufferPointer(start: bytes.base + start, count: end - start)
  }

  /// The number of a term, new or known.
  @inline(__always)
  func number(of term: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let hash = Self.hash(term)
    var slot = hash & mask
    let tag = hash >> 32
    while true {
      let entry = slots.base[Int(slot)]
      if entry == 0 { break }
      if entry >> 32 == tag {
        let number = Int(entry & 0xFFFF_FFFF) - 1
        let known = self.term(number)
        if known.count == term.count, Self.equal(known, term) {
          return UInt32(number)
        }
      }
      slot = (slot + 1) & mask
    }
    return insert(term, hash: hash, slot: slot)
  }

  private func insert(_ term: UnsafeBufferPointer<UInt8>, hash: UInt64, slot: UInt64) -> UInt32 {
    let number = UInt32(count)
    bytes.append(term)
    starts.append(UInt64(bytes.count))
    slots.base[Int(slot)] = (hash >> 32) << 32 | UInt64(number + 1)
    if count * 2 > slots.count { rehash() }
    return number
  }

  private func rehash() {
    let larger = FlatArray<UInt64>(capacity: slots.count * 2)
    larger.resize(to: slots.count * 2, filling: 0)
    mask = UInt64(larger.count - 1)
    for number in 0..<count {
      let hash = Self.hash(term(number))
      var slot = hash & mask
      while larger.base[Int(slot)] != 0 { slot = (slot + 1) & mask }
      larger.base[Int(slot)] = (hash >> 32) << 32 | UInt64(number + 1)
    }
    slots = larger
  }

  @inline(__always)
  private static func equal(
    _ a: UnsafeBufferPointer<UInt8>,
    _ b: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    for index in 0..<a.count where a[index] != b[index] { return false }
    return true
  }

  /// A multiply-fold hash, eight bytes at a time.
  @inline(__always)
  private static func hash(_ term: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let raw = UnsafeRawBufferPointer(term)
    var hash = UInt64(term.count) &* 0x9E37_79B9_7F4A_7C15
    var index = 0
    while index + 8 <= raw.count {
      hash = fold(hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var rest: UInt64 = 0
    while index < raw.count {
      rest = rest << 8 | UInt64(raw[index])
      index += 1
    }
    return fold(hash ^ rest)
  }

  @inline(__always)
  private static func fold(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
