// SPDX-License-Identifier: Apache-2.0
//
// Sorted byte strings with numbers in order: front-coded in buckets of 16, under a trie that leads to
// at most 64 neighbours.
//
//   bucket  := record{16}                          the last may be shorter
//   record  := shared:u8 length:u8 [more:u8] suffix [extrasLength:varint extras]
//   buckets := (start:u32)*                        counted from the first record
//
// `shared` bytes are those of the string before, 0 at a bucket's start. The low seven bits of `length`
// are the suffix's; 127 means that `more` is to be added. Its high bit says that extras follow.
//
// The trie's nodes lie in breadth-first order, the children of one node side by side by label:
//
//   labels := (byte on the edge to the node:u8)*          children := (first child:u32)* nodes + 1
//   first  := (number of the first string below:u32)*
//
// A node with more than 64 strings below it has a child for every next byte, so a missing child
// means that there is no such string. Worked example, "ab" "abc" "b", one bucket and a root:
// 00 02 61 62 | 02 01 63 | 00 01 62.

internal import CKernels

/// A sorted list of strings; see above for its bytes.
struct KeyTable: @unchecked Sendable {
  static let bucketSize = 16
  static let leafSize = 64
  /// Room for any decoded string, and for copying 16 bytes at a time.
  static let bufferSize = 1024

  let count: Int
  let nodeCount: Int
  let bytes: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  let buckets: UnsafePointer<UInt32>
  let labels: UnsafePointer<UInt8>
  let children: UnsafePointer<UInt32>
  let first: UnsafePointer<UInt32>

  /// Wraps stored parts and checks what reading relies on.
  ///
  /// `bytes` must be followed by 16 readable ones.
  init(
    count: Int,
    bytes: UnsafeRawBufferPointer,
    buckets: UnsafeBufferPointer<UInt32>,
    labels: UnsafeBufferPointer<UInt8>,
    children: UnsafeBufferPointer<UInt32>,
    first: UnsafeBufferPointer<UInt32>
  ) throws(IndexError) {
    guard let base = bytes.baseAddress, let bucketBase = buckets.baseAddress,
      let labelBase = labels.baseAddress, let childBase = children.baseAddress,
      let firstBase = first.baseAddress,
      buckets.count == (count + Self.bucketSize - 1) / Self.bucketSize, !labels.isEmpty,
      children.count == labels.count + 1, first.count == labels.count,
      buckets.allSatisfy({ Int($0) <= bytes.count })
    else { throw ByteReader.truncated }
    var previous: UInt32 = 1
    for (node, child) in children.enumerated() {
      guard child >= previous, node == labels.count || child > node, Int(child) <= labels.count
      else { throw ByteReader.truncated }
      previous = child
    }
    guard first.allSatisfy({ Int($0) <= count }) else { throw ByteReader.truncated }
    self.count = count
    nodeCount = labels.count
    self.bytes = base.assumingMemoryBound(to: UInt8.self)
    end = self.bytes + bytes.count
    self.buckets = bucketBase
    self.labels = labelBase
    self.children = childBase
    self.first = firstBase
  }

  /// A place in the trie: a node and where its strings end.
  struct Place {
    var node: Int
    var end: Int
  }

  var root: Place { Place(node: 0, end: count) }

  /// The children of a node.
  @inline(__always)
  func childRange(_ node: Int) -> Range<Int> {
    Int(children[node])..<max(Int(children[node]), Int(children[node + 1]))
  }

  /// The end of a child's strings, given its parent's place.
  @inline(__always)
  func childEnd(_ child: Int, in range: Range<Int>, of parent: Place) -> Int {
    child + 1 < range.upperBound ? Int(first[child + 1]) : parent.end
  }

  /// The numbers of the strings that start with `prefix`.
  ///
  /// - Complexity: One trie step a byte down to 64 strings, then O(log 64) comparisons.
  func range(_ prefix: UnsafePointer<UInt8>, _ length: Int) -> Range<Int> {
    var place = root
    var depth = 0
    while depth < length {
      let range = childRange(place.node)
      if range.isEmpty {
        let low = Int(first[place.node])
        guard low < place.end else { return 0..<0 }
        let from = bound(prefix, length, low, place.end, isUpper: false)
        guard from < place.end else { return from..<from }
        let to = bound(prefix, length, from, place.end, isUpper: true)
        return from..<max(from, to)
      }
      let byte = prefix[depth]
      var child = range.lowerBound
      while child < range.upperBound, labels[child] < byte { child += 1 }
      guard child < range.upperBound, labels[child] == byte else { return 0..<0 }
      place = Place(node: child, end: childEnd(child, in: range, of: place))
      depth += 1
    }
    let low = Int(first[place.node])
    return low..<max(low, place.end)
  }

  /// The number of the first string equal to `key`; nil if there is none.
  func find(_ key: UnsafePointer<UInt8>, _ length: Int) -> Int? {
    let range = range(key, length)
    guard !range.isEmpty, self.length(range.lowerBound) == length else { return nil }
    return range.lowerBound
  }

  /// The first number in low..<high whose string is not below `key` or, for `isUpper`, also does not
  /// start with it; `high` if there is none.
  private func bound(
    _ key: UnsafePointer<UInt8>,
    _ length: Int,
    _ low: Int,
    _ high: Int,
    isUpper: Bool
  ) -> Int {
    var bucket = low / Self.bucketSize
    var after = (high - 1) / Self.bucketSize + 1
    // The end of a prefix's strings is mostly near their start.
    var step = isUpper ? 1 : (after - bucket) / 2
    while after - bucket > 1 {
      let middle = bucket + min(step, after - bucket - 1)
      if precedes(bytes + Int(buckets[middle]), key, length, isUpper) {
        bucket = middle
        step = isUpper && step < after - bucket ? 2 * step : (after - bucket) / 2
      } else {
        after = middle
        step = (after - bucket) / 2
      }
    }
    var number = bucket * Self.bucketSize
    let stop = min(number + Self.bucketSize, high)
    var record = bytes + Int(buckets[bucket])
    var matched = 0
    while number < stop {
      guard let view = RecordView(record, end) else { return high }
      if view.shared < matched { break }
      if view.shared == matched || number % Self.bucketSize == 0 {
        let room = min(view.length, length - matched)
        var index = 0
        while index < room, view.suffix[index] == key[matched + index] { index += 1 }
        matched += index
        if matched == length {
          if !isUpper { break }
        } else if index < view.length, view.suffix[index] > key[matched] {
          break
        }
      }
      number += 1
      record = view.next
    }
    return min(max(number, low), high)
  }

  /// Whether a bucket's first string comes before the bound.
  @inline(__always)
  private func precedes(
    _ record: UnsafePointer<UInt8>,
    _ key: UnsafePointer<UInt8>,
    _ length: Int,
    _ isUpper: Bool
  ) -> Bool {
    guard let view = RecordView(record, end) else { return false }
    let room = min(view.length, length)
    var index = 0
    while index < room, view.suffix[index] == key[index] { index += 1 }
    if index == length { return isUpper }
    return index == view.length || view.suffix[index] < key[index]
  }

  /// The length of a string; 0 if its bytes are damaged.
  func length(_ number: Int) -> Int {
    var record = bytes + Int(buckets[number / Self.bucketSize])
    for _ in 0..<(number % Self.bucketSize) {
      guard let view = RecordView(record, end) else { return 0 }
      record = view.next
    }
    return RecordView(record, end).map { $0.shared + $0.length } ?? 0
  }

  /// Asks for a string's bucket to be brought near.
  @inline(__always)
  func prefetch(_ number: Int) {
    let record = bytes + Int(buckets[number / Self.bucketSize])
    martlet_prefetch(record)
    martlet_prefetch(record + 64)
  }

  /// A string copied out, and what is stored with it.
  struct Decoded {
    var length: Int
    var extras: UnsafeRawBufferPointer
  }

  /// Copies a string into `buffer`, which has ``bufferSize`` bytes; nothing if it is damaged.
  @inline(__always)
  func decode(_ number: Int, into buffer: UnsafeMutablePointer<UInt8>) -> Decoded {
    var record = bytes + Int(buckets[number / Self.bucketSize])
    var left = number % Self.bucketSize
    var length = 0
    while let view = RecordView(record, end), view.shared <= length {
      view.copySuffix(to: buffer + view.shared)
      length = view.shared + view.length
      if left == 0 { return Decoded(length: length, extras: view.extras) }
      left -= 1
      record = view.next
    }
    return Decoded(length: 0, extras: UnsafeRawBufferPointer(start: nil, count: 0))
  }
}

extension KeyTable {
  /// Reads strings in order.
  struct Cursor {
    fileprivate var record: UnsafePointer<UInt8>
    fileprivate let end: UnsafePointer<UInt8>
    /// The length of the string read last.
    private(set) var length = 0

    fileprivate init(_ record: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
      self.record = record
      self.end = end
    }

    /// Reads the next string into the buffer that holds the one before.
    ///
    /// - Parameter buffer: ``KeyTable/bufferSize`` bytes.
    /// - Returns: How many bytes are as before; nil if the bytes are damaged.
    @inline(__always)
    mutating func advance(_ buffer: UnsafeMutablePointer<UInt8>) -> Int? {
      guard let view = RecordView(record, end), view.shared <= length else { return nil }
      view.copySuffix(to: buffer + view.shared)
      length = view.shared + view.length
      record = view.next
      return view.shared
    }
  }

  /// A cursor before string `number`, what precedes it in its bucket read into `buffer`.
  func cursor(at number: Int, _ buffer: UnsafeMutablePointer<UInt8>) -> Cursor {
    var cursor = Cursor(bytes + Int(buckets[number / Self.bucketSize]), end)
    for _ in 0..<(number % Self.bucketSize) { _ = cursor.advance(buffer) }
    return cursor
  }
}
