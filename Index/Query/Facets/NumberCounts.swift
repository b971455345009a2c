// SPDX-License-Identifier: Apache-2.0

/// Counts equal numbers: open addressing on flat arrays, since a dictionary took most of the time of
/// numeric facets.
final class NumberCounts {
  private var keys = FlatArray<UInt64>()
  private var counts = FlatArray<Int32>()
  private var used = 0
  private var mask = 0

  init() { resize(to: 1024) }

  private func resize(to size: Int) {
    keys = FlatArray(capacity: size)
    counts = FlatArray(capacity: size)
    keys.resize(to: size, filling: 0)
    counts.resize(to: size, filling: 0)
    mask = size - 1
    used = 0
  }

  /// Counts a number once more.
  @inline(__always)
  func add(_ number: Double) { add((number == 0 ? 0 : number).bitPattern, 1) }

  @inline(__always)
  private func add(_ key: UInt64, _ count: Int32) {
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    while counts.base[slot] != 0, keys.base[slot] != key { slot = (slot + 1) & mask }
    if counts.base[slot] == 0 {
      keys.base[slot] = key
      used += 1
    }
    counts.base[slot] += count
    if used * 2 > mask { grow() }
  }

  private func grow() {
    let (oldKeys, oldCounts) = (keys, counts)
    resize(to: 2 * (mask + 1))
    for slot in 0..<oldKeys.count where oldCounts.base[slot] != 0 {
      add(oldKeys.base[slot], oldCounts.base[slot])
    }
  }

  /// Calls `body` with each number and its count, in no order.
  func forEach(_ body: (Double, Int) -> Void) {
    for slot in 0..<keys.count where counts.base[slot] != 0 {
      body(Double(bitPattern: keys.base[slot]), Int(counts.base[slot]))
    }
  }
}
