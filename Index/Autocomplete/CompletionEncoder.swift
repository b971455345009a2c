// SPDX-License-Identifier: Apache-2.0

/// Writes merged completions in the form of CompletionFormat.swift.
struct CompletionEncoder {
  private let merged: CompletionMerger
  private let details: [Int: CompletionIndexBuilder.Detail]
  private let documentCount: Int
  private let terms = TermTable()
  /// For each document, where its words lie in ``words``; then the end.
  private let wordStarts = FlatArray<UInt32>()
  /// The distinct words of each document, as numbers of ``terms``.
  private let words = FlatArray<UInt32>()

  init(_ merged: CompletionMerger, details: [Int: CompletionIndexBuilder.Detail]) {
    self.merged = merged
    self.details = details
    documentCount = merged.winners.count
  }

  /// The stored index.
  func encode() -> [UInt8] {
    var parts: [CompletionPart: [UInt8]] = [:]
    var counts = CompletionCounts(documents: documentCount, keys: merged.keys.count)
    let extraWords = encodeKeys(&parts)
    collectWords(extraWords)
    encodeTerms(&parts, &counts)
    parts[.scores] = ScoreColumn.build(merged.winners.map(\.score))
    return CompletionFormat.assemble(counts) { parts[$0] ?? [] }
  }

  private func bytes(of key: SortableKey) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: merged.arena.base + Int(key.start), count: Int(key.length))
  }

  /// Writes the keys; returns the words of documents that are not in their own keys.
  private func encodeKeys(_ parts: inout [CompletionPart: [UInt8]]) -> [UInt32: [UInt8]] {
    var table = KeyTableWriter()
    var categories: [String: Int] = [:]
    var names: [UInt8] = []
    var documents: [UInt32] = []
    var own = [UInt32](repeating: 0, count: documentCount)
    documents.reserveCapacity(merged.keys.count)
    var extraWords: [UInt32: [UInt8]] = [:]
    if merged.keys.count > documentCount { extraWords = aliasWords() }
    for (number, key) in merged.keys.enumerated() {
      let winner = merged.winners[Int(key.owner)]
      documents.append(key.owner)
      // The own key is the one at the winner's place of the arena.
      guard winner.key.start == key.start else {
        table.add(bytes(of: key), extras: [CompletionFormat.Flag.alias])
        continue
      }
      own[Int(key.owner)] = UInt32(number)
      let detail = details[winner.entry]
      let words = extraWords[key.owner] ?? detail?.aliases.words ?? []
      if !words.isEmpty { extraWords[key.owner] = words }
      guard detail != nil || !words.isEmpty else {
        table.add(bytes(of: key))
        continue
      }
      var category: Int?
      if let name = detail?.category {
        category = categories[name]
        if category == nil {
          category = categories.count
          categories[name] = categories.count
          Varint.append(UInt64(name.utf8.count), to: &names)
          names.append(contentsOf: name.utf8)
        }
      }
      table.add(
        bytes(of: key),
        extras: CompletionExtras.encode(
          key: bytes(of: key),
          detail ?? CompletionIndexBuilder.Detail(),
          category: category,
          words: words
        )
      )
    }
    table.finish { bytes(of: merged.keys[$0]) }
    parts[.keyBytes] = table.bytes
    parts[.keyBuckets] = CompletionFormat.bytes(table.buckets)
    parts[.keyLabels] = table.labels
    parts[.keyChildren] = CompletionFormat.bytes(table.children)
    parts[.keyFirst] = CompletionFormat.bytes(table.first)
    let range = documents.withUnsafeBufferPointer { RangeMinimum.build($0) }
    parts[.keyDocuments] = CompletionFormat.bytes(documents)
    parts[.keyMinima] = CompletionFormat.bytes(range.minima)
    parts[.keySparse] = range.sparse
    parts[.documentKeys] = own.withUnsafeBufferPointer {
      PackedIntegers.pack($0, width: PackedIntegers.width(for: merged.keys.count))
    }
    parts[.categories] = names
    return extraWords
  }

  /// For each document with aliases, the words that its own key lacks.
  private func aliasWords() -> [UInt32: [UInt8]] {
    var result: [UInt32: [UInt8]] = [:]
    for key in merged.keys {
      let winner = merged.winners[Int(key.owner)]
      guard winner.key.start != key.start else { continue }
      var words = result[key.owner] ?? details[winner.entry]?.aliases.words ?? []
      var known = Set(words.split(separator: 0x20).map(Array.init))
      known.formUnion(bytes(of: winner.key).split(separator: 0x20).map(Array.init))
      for word in bytes(of: key).split(separator: 0x20).map(Array.init)
      where known.insert(word).inserted {
        if !words.isEmpty { words.append(0x20) }
        words.append(contentsOf: word)
      }
      result[key.owner] = words
    }
    return result
  }

  private func collectWords(_ extra: [UInt32: [UInt8]]) {
    words.resize(to: 0, filling: 0)
    for (document, winner) in merged.winners.enumerated() {
      let start = words.count
      wordStarts.append(UInt32(start))
      add(bytes(of: winner.key), from: start)
      if let more = extra[UInt32(document)] {
        more.withUnsafeBufferPointer { add($0, from: start) }
      }
    }
    wordStarts.append(UInt32(words.count))
  }

  /// Adds the words of `text` that the document, whose words begin at `start`, does not yet have.
  private func add(_ text: UnsafeBufferPointer<UInt8>, from start: Int) {
    var low = 0
    for index in 0...text.count where index == text.count || text[index] == 0x20 {
      defer { low = index + 1 }
      guard index > low else { continue }
      let word = terms.number(of: UnsafeBufferPointer(rebasing: text[low..<index]))
      var place = start
      while place < words.count, words.base[place] != word { place += 1 }
      if place == words.count { words.append(word) }
    }
  }

  private func encodeTerms(
    _ parts: inout [CompletionPart: [UInt8]],
    _ counts: inout CompletionCounts
  ) {
    let sorted = (0..<terms.count).sorted { Self.precedes(terms.term($0), terms.term($1)) }
    var table = KeyTableWriter()
    var rank = [UInt32](repeating: 0, count: sorted.count)
    for (place, term) in sorted.enumerated() {
      rank[term] = UInt32(place)
      table.add(terms.term(term))
    }
    table.finish { terms.term(sorted[$0]) }
    var starts = [UInt32](repeating: 0, count: sorted.count + 1)
    for word in words.buffer { starts[Int(rank[Int(word)]) + 1] += 1 }
    for term in 0..<sorted.count { starts[term + 1] += starts[term] }
    var next = starts
    var postings = [UInt32](repeating: 0, count: words.count)
    // Documents come in order, so each list ascends.
    for document in 0..<documentCount {
      let range = Int(wordStarts.base[document])..<Int(wordStarts.base[document + 1])
      for place in range {
        let term = Int(rank[Int(words.base[place])])
        postings[Int(next[term])] = UInt32(document)
        next[term] += 1
      }
    }
    let least = starts.dropLast().map { postings[Int($0)] }
    let range = least.withUnsafeBufferPointer { RangeMinimum.build($0) }
    counts.terms = sorted.count
    counts.postings = postings.count
    parts[.termBytes] = table.bytes
    parts[.termBuckets] = CompletionFormat.bytes(table.buckets)
    parts[.termLabels] = table.labels
    parts[.termChildren] = CompletionFormat.bytes(table.children)
    parts[.termFirst] = CompletionFormat.bytes(table.first)
    parts[.listStarts] = starts.withUnsafeBufferPointer {
      PackedIntegers.pack($0, width: PackedIntegers.width(for: postings.count))
    }
    parts[.postings] = postings.withUnsafeBufferPointer {
      PackedIntegers.pack($0, width: PackedIntegers.width(for: documentCount))
    }
    parts[.least] = CompletionFormat.bytes(least)
    parts[.leastMinima] = CompletionFormat.bytes(range.minima)
    parts[.leastSparse] = range.sparse
  }

  private static func precedes(
    _ a: UnsafeBufferPointer<UInt8>,
    _ b: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    for index in 0..<min(a.count, b.count) where a[index] != b[index] { return a[index] < b[index] }
    return a.count < b.count
  }
}
