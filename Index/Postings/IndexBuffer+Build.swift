// SPDX-License-Identifier: Apache-2.0

/// What ``IndexBuffer/build(reorder:)`` makes of its documents: the text half of a segment.
public struct BuiltPostings: Sendable {
  /// The term dictionary, whose payloads locate the postings.
  public var dictionary: [UInt8]
  /// Pieces of the postings and of the positions.
  public var postings: [[UInt8]]
  /// See ``postings``.
  public var positions: [[UInt8]]
  /// Length codes by field and document, padded to whole ranges of 128 documents.
  public var lengths: [[UInt8]]
  /// Tokens in each field, all documents together.
  public var totalLengths: [UInt64]
  /// For each document of the segment, its number in the buffer.
  public var newToOld: [UInt32]
}

extension IndexBuffer {
  /// Tokens turned around at a time; bounds the memory of a build (8 bytes each).
  private static let chunkTokens = 8 << 20

  /// Turns the documents into a segment's dictionary and postings; the buffer is used up.
  ///
  /// `reorder`: Whether to renumber documents so that similar ones are neighbours.
  /// `dropped`: Numbers of documents to leave out.
  public func build(
    reorder: Bool,
    without dropped: Set<UInt32> = []
  ) throws(IndexError) -> BuiltPostings {
    for field in 0..<fieldCount { starts[field].append(UInt64(tokens[field].count)) }
    for document in dropped { clear(document) }
    let sorted = sortedTerms()
    renumberTokens(sorted)
    var newToOld =
      reorder
      ? GraphBisection.order(of: self, termCount: sorted.count)
      : (0..<UInt32(documentCount)).map { $0 }
    if !dropped.isEmpty { newToOld.removeAll { dropped.contains($0) } }
    var built = BuiltPostings(
      dictionary: [],
      postings: [],
      positions: [],
      lengths: [],
      totalLengths: [],
      newToOld: newToOld
    )
    measureLengths(into: &built)
    try encode(sorted, into: &built)
    return built
  }

  /// Takes a document's tokens away.
  private func clear(_ document: UInt32) {
    for field in 0..<fieldCount {
      let start = Int(starts[field].base[Int(document)])
      let count = Int(starts[field].base[Int(document) + 1]) - start
      (tokens[field].base + start).update(repeating: Self.hole, count: count)
    }
  }

  /// Term numbers in ascending order of their bytes.
  private func sortedTerms() -> [UInt32] {
    var keyed: [(prefix: UInt64, number: UInt32)] = []
    keyed.reserveCapacity(terms.count)
    for number in 0..<terms.count {
      let term = terms.term(number)
      var prefix: UInt64 = 0
      for index in 0..<8 {
        prefix = prefix << 8 | (index < term.count ? UInt64(term[index]) : 0)
      }
      keyed.append((prefix, UInt32(number)))
    }
    keyed.sort { a, b in
      if a.prefix != b.prefix { return a.prefix < b.prefix }
      return terms.term(Int(a.number)).lexicographicallyPrecedes(terms.term(Int(b.number)))
    }
    return keyed.map(\.number)
  }

  /// Replaces term numbers in the token streams by ranks in `sorted`.
  private func renumberTokens(_ sorted: [UInt32]) {
    var ranks = [UInt32](repeating: 0, count: sorted.count)
    for (rank, number) in sorted.enumerated() { ranks[Int(number)] = UInt32(rank) }
    ranks.withUnsafeBufferPointer { ranks in
      for stream in tokens {
        let base = stream.base
        for index in 0..<stream.count where base[index] != Self.hole {
          base[index] = ranks[Int(base[index])]
        }
      }
    }
  }

  private func measureLengths(into built: inout BuiltPostings) {
    let padded = (built.newToOld.count + 127) / 128 * 128
    for field in 0..<fieldCount {
      var codes = [UInt8](repeating: 0, count: padded)
      var total: UInt64 = 0
      let (stream, starts) = (tokens[field].base, starts[field].base)
      for (document, old) in built.newToOld.enumerated() {
        var length = 0
        for index in Int(starts[Int(old)])..<Int(starts[Int(old) + 1])
        where stream[index] != Self.hole { length += 1 }
        codes[document] = FieldLengths.code(length)
        total += UInt64(length)
      }
      built.lengths.append(codes)
      built.totalLengths.append(total)
    }
  }

  private func encode(_ sorted: [UInt32], into built: inout BuiltPostings) throws(IndexError) {
    let counts = (0..<fieldCount).map { occurrences(field: $0, termCount: sorted.count) }
    let weights = built.totalLengths.map {
      FieldLengths.occurrenceWeights(
        average: Float($0) / Float(max(built.newToOld.count, 1)),
        weight: 1
      )
    }
    var encoder = PostingsEncoder(documentCount: built.newToOld.count)
    var dictionary = TermDictionaryWriter()
    var payload: [UInt8] = []
    let list = ListScratch()
    var first = 0
    while first < sorted.count {
      var end = first
      var chunk = 0
      while end < sorted.count {
        let next = counts.reduce(0) { $0 + Int($1[end]) }
        if chunk + next > Self.chunkTokens, end > first { break }
        chunk += next
        end += 1
      }
      let inverted = (0..<fieldCount).map {
        invert(field: $0, terms: first..<end, counts: counts[$0], newToOld: built.newToOld)
      }
      for rank in first..<end {
        payload.removeAll(keepingCapacity: true)
        var frequency = 0
        for field in 0..<fieldCount where counts[field][rank] > 0 {
          let (entries, ends) = inverted[field]
          let start = rank == first ? 0 : Int(ends[rank - first - 1])
          list.load(entries.base + start, count: Int(ends[rank - first]) - start)
          built.lengths[field].withUnsafeBufferPointer { lengths in
            weights[field].withUnsafeBufferPointer { weights in
              guard let lengths = lengths.baseAddress, let weights = weights.baseAddress else {
                return
              }
              encoder.add(
                field: field,
                documents: UnsafeBufferPointer(list.documents.buffer),
                frequencies: UnsafeBufferPointer(list.frequencies.buffer),
                gaps: UnsafeBufferPointer(list.gaps.buffer),
                lengths: lengths,
                weights: weights,
                payload: &payload
              )
            }
          }
          frequency = max(frequency, list.documents.count)
        }
        // A term of dropped documents only.
        guard frequency > 0 else { continue }
        try dictionary.add(
          term: terms.term(Int(sorted[rank])),
          documentFrequency: UInt32(frequency),
          payload: payload
        )
      }
      first = end
    }
    built.dictionary = dictionary.finish()
    built.postings = encoder.postings.finish()
    built.positions = encoder.positions.finish()
  }

  private func occurrences(field: Int, termCount: Int) -> [UInt32] {
    var counts = [UInt32](repeating: 0, count: termCount)
    let stream = tokens[field]
    counts.withUnsafeMutableBufferPointer { counts in
      for index in 0..<stream.count where stream.base[index] != Self.hole {
        counts[Int(stream.base[index])] += 1
      }
    }
    return counts
  }

  /// Occurrences of some terms, by term, then document, then position.
  ///
  /// - Returns: Entries (document << 32 | position) and where each term's entries end.
  private func invert(
    field: Int,
    terms: Range<Int>,
    counts: [UInt32],
    newToOld: [UInt32]
  ) -> (FlatArray<UInt64>, [UInt32]) {
    var next = [UInt32](repeating: 0, count: terms.count)
    var total = 0
    for (index, rank) in terms.enumerated() {
      next[index] = UInt32(total)
      total += Int(counts[rank])
    }
    let entries = FlatArray<UInt64>(capacity: total)
    entries.resize(to: total, filling: 0)
    let (lower, count) = (UInt32(terms.lowerBound), UInt32(terms.count))
    let (stream, starts) = (tokens[field].base, starts[field].base)
    let out = entries.base
    next.withUnsafeMutableBufferPointer { next in
      newToOld.withUnsafeBufferPointer { newToOld in
        for document in newToOld.indices {
          let start = Int(starts[Int(newToOld[document])])
          let end = Int(starts[Int(newToOld[document]) + 1])
          for index in start..<end {
            let local = stream[index] &- lower
            if local < count {
              out[Int(next[Int(local)])] = UInt64(document) << 32 | UInt64(index - start)
              next[Int(local)] += 1
            }
          }
        }
      }
    }
    return (entries, next)
  }
}

/// One list's arrays, reused from term to term.
private final class ListScratch {
  let documents = FlatArray<UInt32>()
  let frequencies = FlatArray<UInt32>()
  let gaps = FlatArray<UInt32>()

  /// Splits entries (document << 32 | position) into documents, frequencies and position gaps.
  func load(_ entries: UnsafePointer<UInt64>, count: Int) {
    documents.resize(to: 0, filling: 0)
    frequencies.resize(to: 0, filling: 0)
    gaps.resize(to: 0, filling: 0)
    var index = 0
    while index < count {
      let document = UInt32(entries[index] >> 32)
      var frequency: UInt32 = 0
      var previous: UInt32 = 0
      while index < count, UInt32(entries[index] >> 32) == document {
        let position = UInt32(truncatingIfNeeded: entries[index])
        if frequency < PostingsFormat.frequencyLimit {
          gaps.append(position - previous)
          previous = position
          frequency += 1
        }
        index += 1
      }
      documents.append(document)
      frequencies.append(frequency)
    }
  }
}
