// SPDX-License-Identifier: Apache-2.0

/// A binary heap of sources, the one with the least next value on top.
struct MinHeap {
  /// A source: its next value, where that lies, and the source's bounds.
  struct Item {
    var value: UInt32
    var place: UInt32
    var low: UInt32
    var high: UInt32

    @inline(__always)
    init(_ value: UInt32, _ place: UInt32, _ low: UInt32, _ high: UInt32) {
      self.value = value
      self.place = place
      self.low = low
      self.high = high
    }
  }

  private var base: UnsafeMutablePointer<Item>
  private var capacity = 256
  private(set) var count = 0

  /// Creates an empty heap, which its owner must ``deallocate()``.
  init() { base = .allocate(capacity: capacity) }

  func deallocate() { base.deallocate() }

  mutating func removeAll() { count = 0 }

  @inline(__always)
  mutating func push(_ item: Item) {
    if count == capacity { grow() }
    var hole = count
    count += 1
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard item.value < base[parent].value else { break }
      base[hole] = base[parent]
      hole = parent
    }
    base[hole] = item
  }

  @inline(__always)
  mutating func pop() -> Item? {
    guard count > 0 else { return nil }
    let top = base[0]
    count -= 1
    let item = base[count]
    var hole = 0
    while true {
      var child = 2 * hole + 1
      guard child < count else { break }
      if child + 1 < count, base[child + 1].value < base[child].value { child += 1 }
      guard base[child].value < item.value else { break }
      base[hole] = base[child]
      hole = child
    }
    base[hole] = item
    return top
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Item>.allocate(capacity: capacity * 2)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity *= 2
  }
}
