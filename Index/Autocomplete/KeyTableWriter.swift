// SPDX-License-Identifier: Apache-2.0

/// Builds the parts of a ``KeyTable`` from strings that come in ascending order, repeats allowed.
struct KeyTableWriter {
  private(set) var bytes: [UInt8] = []
  private(set) var buckets: [UInt32] = []
  private(set) var labels: [UInt8] = []
  private(set) var children: [UInt32] = []
  private(set) var first: [UInt32] = []
  private(set) var count = 0
  private var previous: [UInt8] = []

  /// Adds the next string, at most ``CompletionText/longestKey`` bytes, with what is kept beside it.
  mutating func add(_ key: UnsafeBufferPointer<UInt8>, extras: [UInt8] = []) {
    var shared = 0
    if count % KeyTable.bucketSize == 0 {
      buckets.append(UInt32(bytes.count))
    } else {
      let most = min(previous.count, key.count)
      while shared < most, previous[shared] == key[shared] { shared += 1 }
    }
    let length = key.count - shared
    bytes.append(UInt8(shared))
    bytes.append(UInt8(min(length, 127)) | (extras.isEmpty ? 0 : 0x80))
    if length >= 127 { bytes.append(UInt8(length - 127)) }
    bytes.append(contentsOf: key[shared...])
    if !extras.isEmpty {
      Varint.append(UInt64(extras.count), to: &bytes)
      bytes.append(contentsOf: extras)
    }
    previous.removeAll(keepingCapacity: true)
    previous.append(contentsOf: key)
    count += 1
  }

  /// Builds the trie over all strings, given again by number.
  mutating func finish(_ key: (Int) -> UnsafeBufferPointer<UInt8>) {
    labels = [0]
    first = [0]
    children = [1]
    // Nodes in breadth-first order: (strings below, depth); `next` is the one to be expanded.
    var nodes = [(low: 0, high: count, depth: 0)]
    var next = 0
    while next < nodes.count {
      let node = nodes[next]
      next += 1
      if node.high - node.low > KeyTable.leafSize {
        var low = node.low
        while low < node.high, key(low).count == node.depth { low += 1 }
        while low < node.high {
          let label = key(low)[node.depth]
          let high = Self.end(of: label, at: node.depth, low, node.high, key)
          labels.append(label)
          first.append(UInt32(low))
          nodes.append((low, high, node.depth + 1))
          low = high
        }
      }
      children.append(UInt32(labels.count))
    }
  }

  /// The first number after `low` whose string has another byte at `depth`, by doubling steps.
  private static func end(
    of label: UInt8,
    at depth: Int,
    _ low: Int,
    _ high: Int,
    _ key: (Int) -> UnsafeBufferPointer<UInt8>
  ) -> Int {
    var (inside, step) = (low, 1)
    while inside + step < high, key(inside + step)[depth] == label {
      inside += step
      step *= 2
    }
    var outside = min(high, inside + step)
    while outside - inside > 1 {
      let middle = (inside + outside) / 2
      if key(middle)[depth] == label { inside = middle } else { outside = middle }
    }
    return outside
  }
}
