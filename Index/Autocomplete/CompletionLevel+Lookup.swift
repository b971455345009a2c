// SPDX-License-Identifier: Apache-2.0

extension CompletionLevel {
  /// Whether a word of the completion starts with `prefix`.
  func hasWord(
    _ document: UInt32,
    _ prefix: UnsafeBufferPointer<UInt8>,
    _ buffer: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    guard let base = prefix.baseAddress else { return false }
    let key = index.keys.decode(index.key(of: Int(document)), into: buffer)
    if Self.hasWord(UnsafePointer(buffer), key.length, base, prefix.count) { return true }
    guard !key.extras.isEmpty else { return false }
    let words = CompletionExtras(key.extras).words
    guard let start = words.baseAddress else { return false }
    return Self.hasWord(
      start.assumingMemoryBound(to: UInt8.self),
      words.count,
      base,
      prefix.count
    )
  }

  @inline(__always)
  private static func hasWord(
    _ text: UnsafePointer<UInt8>,
    _ length: Int,
    _ prefix: UnsafePointer<UInt8>,
    _ count: Int
  ) -> Bool {
    var start = 0
    while start + count <= length {
      var same = 0
      while same < count, text[start + same] == prefix[same] { same += 1 }
      if same == count { return true }
      while start < length, text[start] != 0x20 { start += 1 }
      start += 1
    }
    return false
  }

  /// Finds the best completions that have one of an operand's terms.
  ///
  /// - Complexity: O(*r* + `limit` log *r*) for *r* ranges, plus duplicates; no list is read whole.
  func findAny(
    _ operand: Operand,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    let (postings, found) = (index.postings, scratch.found)
    if operand.isList {
      for place in index.list(operand.term) {
        let document = postings[place]
        guard document < index.count else { return }
        accept(document, request, found)
        if found.count >= request.limit { return }
      }
      return
    }
    scratch.heap.removeAll()
    for part in operand.firstRange..<operand.endRange {
      let range = scratch.ranges.base[part]
      index.least.seed(Int(range.low)..<Int(range.high), &scratch.heap)
    }
    var last = UInt32.max
    while found.count < request.limit, let item = scratch.heap.pop() {
      if item.high == .max {
        // A list: `place` is the posting's place, `low` the list's end.
        let next = item.place + 1
        if next < item.low {
          scratch.heap.push(MinHeap.Item(postings[Int(next)], next, item.low, .max))
        }
      } else {
        guard let term = index.least.expand(item, keepsEqual: true, &scratch.heap) else { continue }
        let list = index.list(term)
        if list.count > 1 {
          let next = list.lowerBound + 1
          scratch.heap.push(
            MinHeap.Item(postings[next], UInt32(next), UInt32(list.upperBound), .max)
          )
        }
      }
      if item.value != last, item.value < index.count { accept(item.value, request, found) }
      last = item.value
    }
  }
}
