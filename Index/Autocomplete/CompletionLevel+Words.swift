// SPDX-License-Identifier: Apache-2.0
//
// Completions that have a term of each operand, best first. Lists are in order of score, so the first
// `limit` documents of the intersection are the answer and the rest is never read. How the last
// word's terms, of which there may be very many, are taken in depends on the estimated cost:
//
//   check  a document that has the other words is looked up and its words are compared with the
//          prefix: good when the prefix is common, since then few documents are checked
//   mark   the postings of all terms with the prefix are marked in a bitmap: good when there are few
//
// Checking turns into marking once it has cost as much as marking does, so the sum is at most twice
// the better of the two.

internal import CKernels

extension CompletionLevel {
  /// Estimated nanoseconds: reading a completion's words; marking one posting; clearing 64 marks.
  private static let checkCost = 120
  private static let markCost = 2

  /// Appends an operand of the terms in ranges added from `start` on; false if there are none.
  func addOperand(
    from start: Int,
    isPrefix: Bool = false,
    _ scratch: inout CompletionScratch
  ) -> Bool {
    let end = scratch.ranges.count
    var postings = 0
    for place in start..<end {
      let range = scratch.ranges.base[place]
      postings += Int(index.listStarts[Int(range.high)]) - Int(index.listStarts[Int(range.low)])
    }
    guard postings > 0 else { return false }
    var operand = Operand(
      firstRange: start,
      endRange: end,
      postings: postings,
      isPrefix: isPrefix
    )
    if end - start == 1 {
      let range = scratch.ranges.base[start]
      if range.high - range.low == 1 { operand.term = Int(range.low) }
    }
    scratch.operands.append(operand)
    return true
  }

  /// Finds the best completions that have a term of each of the scratch's operands.
  ///
  /// `prefix`: The last word, if an operand is marked as that.
  func findAll(
    prefix: UnsafeBufferPointer<UInt8>,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    var operands = scratch.operands.buffer
    guard let first = operands.first else { return }
    guard operands.count > 1 else { return findAny(first, request, &scratch) }
    // Lists first, the shortest before the others; then sets, likewise.
    operands.sort { a, b in a.isList != b.isList ? a.isList : a.postings < b.postings }
    let listCount = operands.prefix { $0.isList }.count
    var plan = Plan(lists: listCount, sets: operands.count - listCount)
    choose(&plan, operands, request)
    scratch.marks.resize(to: (index.count + 63) / 64, filling: 0)
    prepareMarks(&plan, &scratch)
    scratch.cursors.resize(to: 0, filling: PostingCursor(place: 0, end: 0, document: 0))
    for place in 0..<listCount {
      let list = index.list(operands[place].term)
      scratch.cursors.append(
        PostingCursor(
          place: list.lowerBound,
          end: list.upperBound,
          document: index.postings[list.lowerBound]
        )
      )
    }
    if plan.isDrivenByMarks {
      driveByMarks(plan, prefix, request, &scratch)
    } else {
      driveByList(plan, prefix, request, &scratch)
    }
  }

  /// How an intersection is evaluated.
  struct Plan {
    var lists: Int
    var sets: Int
    /// The operand whose documents are checked, not marked.
    var checked: Int?
    var isDrivenByMarks = false
    var hasMarks = false
    /// Checks before marking is cheaper.
    var checksLeft = Int.max
  }

  private func choose(
    _ plan: inout Plan,
    _ operands: UnsafeMutableBufferPointer<Operand>,
    _ request: CompletionRequest
  ) {
    guard plan.sets > 0 else { return }
    let shortestSet = operands[plan.lists].postings
    plan.isDrivenByMarks = plan.lists == 0 || shortestSet < operands[0].postings
    guard let place = operands.firstIndex(where: { !$0.isList && $0.isPrefix }) else { return }
    let isDriver = plan.isDrivenByMarks && place == plan.lists
    guard !isDriver else { return }
    let postings = operands[place].postings
    let documents = Double(max(1, index.count))
    // Documents that the others leave, if words were independent; and those read before enough match.
    var left = documents
    for (other, operand) in operands.enumerated() where other != place {
      left *= min(1, Double(operand.postings) / documents)
    }
    let wanted = Double(request.limit + request.known.count) * documents / Double(postings)
    let markCost = postings * Self.markCost + index.count / 64
    guard min(left, wanted) * Double(Self.checkCost) < Double(markCost) else { return }
    plan.checked = place
    plan.checksLeft = markCost / Self.checkCost + 1
  }

  /// Marks the documents that have a term of every set but the checked one.
  private func prepareMarks(_ plan: inout Plan, _ scratch: inout CompletionScratch) {
    for place in plan.lists..<(plan.lists + plan.sets) where place != plan.checked {
      mark(place, isFirst: !plan.hasMarks, &scratch)
      plan.hasMarks = true
    }
  }

  /// Marks an operand's documents; if others are marked, unmarks those that it lacks.
  private func mark(_ place: Int, isFirst: Bool, _ scratch: inout CompletionScratch) {
    let marks = isFirst ? scratch.marks : scratch.moreMarks
    let words = (index.count + 63) / 64
    if !isFirst { marks.resize(to: words, filling: 0) }
    let operand = scratch.operands.base[place]
    for part in operand.firstRange..<operand.endRange {
      let range = scratch.ranges.base[part]
      martlet_mark_packed(
        index.postings.base.assumingMemoryBound(to: UInt8.self),
        UInt32(index.postings.width),
        UInt64(index.listStarts[Int(range.low)]),
        UInt64(index.listStarts[Int(range.high)]),
        marks.base,
        UInt32(index.count)
      )
    }
    guard !isFirst else { return }
    for word in 0..<words {
      scratch.marks.base[word] &= marks.base[word]
      marks.base[word] = 0
    }
  }

  /// Reads the marked documents in order.
  private func driveByMarks(
    _ plan: Plan,
    _ prefix: UnsafeBufferPointer<UInt8>,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    let (marks, found) = (scratch.marks.base, scratch.found)
    let words = (index.count + 63) / 64
    var word = 0
    search: while word < words {
      var bits = marks[word]
      marks[word] = 0
      while bits != 0 {
        let document = UInt32(word << 6 | bits.trailingZeroBitCount)
        bits &= bits - 1
        switch inLists(document, from: 0, plan.lists, scratch) {
        case .present: break
        case .absent: continue
        case .exhausted: break search
        }
        if plan.checked != nil, !hasWord(document, prefix, scratch.key) { continue }
        accept(document, request, found)
        if found.count >= request.limit { break search }
      }
      word += 1
    }
    (marks + min(word, words)).update(repeating: 0, count: words - min(word, words))
  }

  /// Reads the shortest list in order.
  private func driveByList(
    _ plan: Plan,
    _ prefix: UnsafeBufferPointer<UInt8>,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    var plan = plan
    let (marks, found, postings) = (scratch.marks.base, scratch.found, index.postings)
    let range = index.list(scratch.operands.base[0].term)
    search: for place in range {
      let document = postings[place]
      guard document < index.count else { break }
      if plan.hasMarks, marks[Int(document >> 6)] >> UInt64(document & 63) & 1 == 0 { continue }
      switch inLists(document, from: 1, plan.lists, scratch) {
      case .present: break
      case .absent: continue
      case .exhausted: break search
      }
      if let checked = plan.checked {
        if plan.checksLeft == 0 {
          mark(checked, isFirst: !plan.hasMarks, &scratch)
          plan.hasMarks = true
          plan.checked = nil
          if marks[Int(document >> 6)] >> UInt64(document & 63) & 1 == 0 { continue }
        } else {
          plan.checksLeft -= 1
          if !hasWord(document, prefix, scratch.key) { continue }
        }
      }
      accept(document, request, found)
      if found.count >= request.limit { break }
    }
    if plan.hasMarks { marks.update(repeating: 0, count: (index.count + 63) / 64) }
  }

  private enum Presence { case present, absent, exhausted }

  /// Whether the lists from one on hold a document; documents must be asked for in order.
  @inline(__always)
  private func inLists(
    _ document: UInt32,
    from first: Int,
    _ count: Int,
    _ scratch: borrowing CompletionScratch
  ) -> Presence {
    let cursors = scratch.cursors.base
    for list in first..<max(first, count) {
      if cursors[list].document < document, !advance(cursors + list, to: document) {
        return .exhausted
      }
      if cursors[list].document != document { return .absent }
    }
    return .present
  }

  /// Moves to the first posting of at least `document`, by doubling steps; false if there is none.
  @inline(__always)
  private func advance(_ cursor: UnsafeMutablePointer<PostingCursor>, to document: UInt32) -> Bool {
    let (postings, end) = (index.postings, cursor.pointee.end)
    var (low, step) = (cursor.pointee.place, 1)
    while low + step < end, postings[low + step] < document {
      low += step
      step += step
    }
    var high = min(low + step, end)
    while high - low > 1 {
      let middle = (low + high) / 2
      if postings[middle] < document { low = middle } else { high = middle }
    }
    guard high < end else { return false }
    cursor.pointee.place = high
    cursor.pointee.document = postings[high]
    return true
  }
}
