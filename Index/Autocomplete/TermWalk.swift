// SPDX-License-Identifier: Apache-2.0
//
// The terms within a few edits of a word, or that begin within a few edits of it: the trie and the
// edit-distance automaton are walked together. An edit inserts, deletes or replaces a Unicode scalar
// or exchanges two neighbours (optimal string alignment). The automaton's state is a row of the
// distance table, of which only the diagonal band that can stay within the edits is computed; a
// branch ends where the whole band exceeds them. Once no edit is left, only the scalars that
// continue a match are tried.

/// Finds terms near a word; one thread at a time.
final class TermWalk {
  /// Longer words are taken as written.
  static let longestWord = 60
  private static let stride = 64

  private let word: UnsafeMutablePointer<UInt32> = .allocate(capacity: stride)
  private var wordLength = 0
  private var edits = 0
  private var isPrefix = false
  /// rows[depth * stride + j]: edits between the first `depth` scalars of a term and j of the word.
  private let rows: UnsafeMutablePointer<UInt8> = .allocate(capacity: stride * stride)
  /// The scalars on the path, and the bytes of the term up to each.
  private let path: UnsafeMutablePointer<UInt32> = .allocate(capacity: stride)
  private let ends: UnsafeMutablePointer<Int32> = .allocate(capacity: stride)
  private let buffer: UnsafeMutablePointer<UInt8> = .allocate(capacity: KeyTable.bufferSize)

  deinit {
    word.deallocate()
    rows.deallocate()
    path.deallocate()
    ends.deallocate()
    buffer.deallocate()
  }

  /// Where a walk stands: a place in the trie, the scalars read, and the scalar being read.
  private struct State {
    var place: KeyTable.Place
    var depth: Int
    var bytes: Int
    var partial: UInt32
    var missing: Int
  }

  /// Appends the ranges of terms near a word, ascending and apart.
  ///
  /// - Parameters:
  ///   - text: The word, UTF-8.
  ///   - edits: The most edits, 0...2.
  ///   - isPrefix: Whether a term also matches if only its beginning is near the word.
  ///   - table: The terms.
  ///   - ranges: Where matches are appended.
  func find(
    _ text: UnsafeBufferPointer<UInt8>,
    edits: Int,
    isPrefix: Bool,
    in table: KeyTable,
    into ranges: FlatArray<TermRange>
  ) {
    wordLength = 0
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      guard wordLength < Self.longestWord else { return }
      word[wordLength] = scalar.value
      wordLength += 1
    }
    self.edits = edits
    self.isPrefix = isPrefix
    for column in 0...wordLength { rows[column] = UInt8(min(column, edits + 1)) }
    let start = ranges.count
    visit(
      State(place: table.root, depth: 0, bytes: 0, partial: 0, missing: 0),
      table,
      ranges,
      from: start
    )
  }

  /// Computes the row after `scalar`; returns the least value of its band.
  @inline(__always)
  private func step(_ depth: Int, _ scalar: UInt32) -> Int {
    let above = rows + depth * Self.stride
    let row = above + Self.stride
    let next = depth + 1
    let none = UInt8(edits + 1)
    let low = max(0, next - edits)
    let high = min(wordLength, next + edits)
    guard low <= high else { return edits + 1 }
    var left = none
    if low > 0 { row[low - 1] = none }
    var least = none
    for column in low...high {
      var value: UInt8
      if column == 0 {
        value = UInt8(min(next, edits + 1))
      } else {
        value = above[column - 1] + (word[column - 1] == scalar ? 0 : 1)
        // The band above ends one column earlier.
        if column < next + edits { value = min(value, above[column] + 1) }
        value = min(value, left + 1)
        if column > 1, depth > 0, word[column - 2] == scalar, path[depth - 1] == word[column - 1] {
          value = min(value, (above - Self.stride)[column - 2] + 1)
        }
        value = min(value, none)
      }
      row[column] = value
      left = value
      least = min(least, value)
    }
    if high < wordLength { row[high + 1] = none }
    path[depth] = scalar
    return Int(least)
  }

  /// The edits between the path and the whole word; above the limit if outside the band.
  @inline(__always)
  private func distance(_ depth: Int) -> Int {
    abs(depth - wordLength) > edits ? edits + 1 : Int(rows[depth * Self.stride + wordLength])
  }

  private func visit(
    _ state: State,
    _ table: KeyTable,
    _ ranges: FlatArray<TermRange>,
    from start: Int
  ) {
    let low = Int(table.first[state.place.node])
    let children = table.childRange(state.place.node)
    if state.missing == 0, distance(state.depth) <= edits {
      if isPrefix {
        add(low, state.place.end, ranges, from: start)
        return
      }
      if !children.isEmpty { add(low, Int(table.first[children.lowerBound]), ranges, from: start) }
    }
    if children.isEmpty {
      scan(low, state, table, ranges, from: start)
      return
    }
    let allowed = state.missing == 0 ? onlyASCII(state.depth) : nil
    for child in children {
      let byte = table.labels[child]
      if let allowed, byte < 0x80, (byte < 64 ? allowed.0 : allowed.1) >> UInt64(byte & 63) & 1 == 0
      {
        continue
      }
      var next = state
      next.place = KeyTable.Place(
        node: child,
        end: table.childEnd(child, in: children, of: state.place)
      )
      if read(byte, &next) { visit(next, table, ranges, from: start) }
    }
  }

  /// The ASCII scalars that may follow if no edit is left; nil if any may.
  @inline(__always)
  private func onlyASCII(_ depth: Int) -> (UInt64, UInt64)? {
    let row = rows + depth * Self.stride
    let low = max(0, depth - edits)
    let high = min(wordLength, depth + edits)
    var allowed: (UInt64, UInt64) = (0, 0)
    guard low <= high else { return allowed }
    for column in low...high {
      if row[column] < edits { return nil }
      guard column < wordLength else { continue }
      let isSwap =
        depth > 0 && column > 0 && column + 1 <= wordLength
        && word[column] == path[depth - 1] && (row - Self.stride)[column - 1] < edits
      if row[column] == edits { Self.allow(word[column], &allowed) }
      if isSwap { Self.allow(word[column - 1], &allowed) }
    }
    return allowed
  }

  @inline(__always)
  private static func allow(_ scalar: UInt32, _ allowed: inout (UInt64, UInt64)) {
    if scalar < 64 {
      allowed.0 |= 1 << UInt64(scalar)
    } else if scalar < 128 {
      allowed.1 |= 1 << UInt64(scalar - 64)
    }
  }

  /// Reads one byte of a term; false if no term that goes on like this can match.
  @inline(__always)
  private func read(_ byte: UInt8, _ state: inout State) -> Bool {
    state.bytes += 1
    if state.missing > 0 {
      state.partial = state.partial << 6 | UInt32(byte & 0x3F)
      state.missing -= 1
    } else if byte < 0x80 {
      state.partial = UInt32(byte)
    } else {
      state.missing = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1
      state.partial = UInt32(byte) & (0x7F >> UInt32(state.missing + 1))
    }
    guard state.missing == 0 else { return true }
    // A term this long is out of reach of every word.
    guard state.depth < Self.stride - 2 else { return false }
    let least = step(state.depth, state.partial)
    ends[state.depth] = Int32(state.bytes)
    state.depth += 1
    return least <= edits
  }

  /// Reads the terms of a leaf one by one; rows are kept for what each shares with the one before.
  private func scan(
    _ low: Int,
    _ state: State,
    _ table: KeyTable,
    _ ranges: FlatArray<TermRange>,
    from start: Int
  ) {
    guard low < state.place.end else { return }
    var cursor = table.cursor(at: low, buffer)
    var now = state
    var (isDead, isMatched) = (false, false)
    for number in low..<state.place.end {
      guard let shared = cursor.advance(buffer) else { return }
      // All terms of the leaf share the path to it, whatever a bucket's start says.
      let kept = max(shared, state.bytes)
      if number > low, kept < now.bytes {
        // Back to the last scalar that is unchanged. What ended the walk lies behind it.
        var depth = state.depth
        while depth < now.depth, Int(ends[depth]) <= kept { depth += 1 }
        now = state
        if depth > state.depth {
          now.depth = depth
          now.bytes = Int(ends[depth - 1])
          now.missing = 0
        }
        (isDead, isMatched) = (false, false)
      }
      while !isDead, !isMatched, now.bytes < cursor.length {
        isDead = !read(buffer[now.bytes], &now)
        isMatched = !isDead && isPrefix && now.missing == 0 && distance(now.depth) <= edits
      }
      let isWhole = !isDead && now.bytes == cursor.length && now.missing == 0
      if isMatched || (isWhole && distance(now.depth) <= edits) {
        add(number, number + 1, ranges, from: start)
      }
    }
  }

  @inline(__always)
  private func add(_ low: Int, _ high: Int, _ ranges: FlatArray<TermRange>, from start: Int) {
    guard low < high else { return }
    if ranges.count > start, ranges.base[ranges.count - 1].high == UInt32(low) {
      ranges.base[ranges.count - 1].high = UInt32(high)
    } else {
      ranges.append(TermRange(low: UInt32(low), high: UInt32(high)))
    }
  }
}
