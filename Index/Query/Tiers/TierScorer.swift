// SPDX-License-Identifier: Apache-2.0

/// Text matches in tiers of documents of one segment.
///
/// For one thread, and quickest if documents ascend.
final class TierScorer {
  private let segment: Segment
  private let words: [Matcher.SegmentWord]
  /// The query's words, folded.
  private let queryWords: [[UInt8]]
  private let options: TierOptions
  private let costs: WordCosts
  private let fieldCount: Int
  /// By searched field: its number in postings, its weight, the column of its values if it is an array.
  private let numbers: [Int]
  private let weights: [Int]
  private let columns: [Column?]
  /// By word and field, made when first asked for.
  private var cursors: [[(cursor: PositionCursor, isExact: Bool)]?]
  /// By searched field and ordinal, whether a value is the query.
  private var wholeValues: [[Int: Bool]]
  /// By word of the query, its least cost in any field of the document looked at.
  private var least: [UInt8]
  private var positions: [[UInt32]]
  private var exactPositions: [UInt32] = []

  /// Whether ``match(_:)`` may be lower than ``bound(_:)``.
  let readsPositions: Bool

  /// Prepares for some documents of the segment at a place in a snapshot; no others may be asked for.
  init(
    _ snapshot: Snapshot,
    _ matches: Matches,
    part: Int,
    documents: Bitset,
    options: TierOptions,
    demotesSynonyms: Bool = false
  ) {
    segment = snapshot.parts[part].segment
    words = matches.words.map { $0[part] }
    queryWords = matches.queryWords.map { Array($0.utf8) }
    self.options = options
    let fields = matches.fields
    fieldCount = fields.count
    numbers = fields.map(\.number)
    weights = fields.map { min(127, max(0, $0.settings.tierWeight)) }
    let segment = segment
    columns = fields.map { field in
      let schema = snapshot.schema
      let text = schema.textFields[field.number]
      guard text.type.isArray else { return nil }
      return schema.columnFields.firstIndex { $0.name == text.name }.map { segment.columns[$0] }
    }
    let places = Dictionary(numbers.enumerated().map { ($1, $0) }) { first, _ in first }
    costs = WordCosts(
      words,
      fieldCount: fields.count,
      field: { places[$0] },
      documents: documents,
      demotesSynonyms: demotesSynonyms
    )
    cursors = Array(repeating: nil, count: words.count * fields.count)
    wholeValues = Array(repeating: [:], count: fields.count)
    least = Array(repeating: WordCosts.absent, count: words.count)
    positions = Array(repeating: [], count: words.count)
    readsPositions =
      words.count > 1 || options.prefersEarly
      || options.prefersWhole && columns.contains { $0 != nil }
  }

  /// The match of a document.
  func match(_ document: Int) -> TextMatch { match(document, readsPositions: true) }

  /// The match of a document whose words were where they count most: at least ``match(_:)``.
  func bound(_ document: Int) -> TextMatch { match(document, readsPositions: false) }

  /// Whether a document holds each of its words of the query itself, not only a synonym.
  func isDirect(_ document: Int) -> Bool {
    findLeast(costs[document]).isDirect
  }

  /// Finds ``least``; returns how many words the document holds, and whether all of them themselves.
  private func findLeast(_ costs: UnsafePointer<UInt8>) -> (held: Int, isDirect: Bool) {
    var (held, isDirect) = (0, true)
    for word in 0..<words.count {
      var cost = WordCosts.absent
      for field in 0..<fieldCount { cost = min(cost, costs[word * fieldCount + field]) }
      least[word] = cost
      if cost == WordCosts.absent { continue }
      held += 1
      if cost >= WordCosts.demoted { isDirect = false }
    }
    return (held, isDirect)
  }

  private func match(_ document: Int, readsPositions: Bool) -> TextMatch {
    let costs = costs[document]
    let (held, isDirect) = findLeast(costs)
    return withUnsafeTemporaryAllocation(
      of: (score: Int64, weight: Int, cost: Int).self,
      capacity: fieldCount
    ) { found in
      var count = 0
      for field in 0..<fieldCount {
        guard let match = self.match(document, field, costs, readsPositions) else { continue }
        found[count] = (match.score, weights[field], match.cost)
        count += 1
      }
      return options.combine(
        found.prefix(count),
        words: held,
        of: words.count,
        isDirect: isDirect
      )
    }
  }

  /// How a field matches; nil if it holds no word in a form as near to the query's as any field has it.
  private func match(
    _ document: Int,
    _ field: Int,
    _ costs: UnsafePointer<UInt8>,
    _ readsPositions: Bool
  ) -> FieldMatch? {
    var match = FieldMatch(words: 0, cost: 0)
    var hasLeast = false
    for word in 0..<words.count {
      let cost = costs[word * fieldCount + field]
      guard cost != WordCosts.absent else { continue }
      match.words += 1
      if cost == least[word] { hasLeast = true }
      match.cost += Int(cost & (WordCosts.demoted - 1))
    }
    guard hasLeast else { return nil }
    let length = FieldLengths.length(segment.lengths[numbers[field]][document])
    let mayBeWhole =
      options.prefersWhole && match.words == words.count && match.cost == 0
      && (length == words.count || columns[field] != nil && length > words.count)
    guard readsPositions else {
      match.isWhole = mayBeWhole
      if options.prefersEarly { match.first = 0 }
      return match
    }
    if match.words > 1 || options.prefersEarly { readPositions(document, field, costs, &match) }
    if mayBeWhole {
      match.isWhole =
        length == words.count ? isInOrder(document, field) : hasWholeValue(document, field)
    }
    return match
  }

  /// Sets the gaps between words that are neighbours among those in a field, and where they begin.
  private func readPositions(
    _ document: Int,
    _ field: Int,
    _ costs: UnsafePointer<UInt8>,
    _ match: inout FieldMatch
  ) {
    var (previous, first): (Int?, Int) = (nil, Int.max)
    for word in 0..<words.count
    where costs[word * fieldCount + field] != WordCosts.absent {
      positions[word].removeAll(keepingCapacity: true)
      let readers = readers(word, field)
      for reader in readers {
        reader.cursor.append(document: UInt32(document), to: &positions[word])
      }
      if readers.count > 1 { positions[word].sort() }
      if let least = positions[word].first { first = min(first, Int(least)) }
      if let previous {
        match.gaps += Self.gap(from: positions[previous], to: positions[word])
      }
      previous = word
    }
    if options.prefersEarly { match.first = first }
  }

  /// The least gap between two words: the words between if the second follows the first, one more if it
  /// precedes it, 0 if they are the same.
  ///
  /// `a`, `b`: Positions, ascending.
  static func gap(from a: [UInt32], to b: [UInt32]) -> Int {
    var (least, next) = (FieldMatch.farthest, 0)
    for position in a {
      while next < b.count, b[next] < position { next += 1 }
      if next < b.count {
        if b[next] == position { return 0 }
        least = min(least, Int(b[next] - position) - 1)
      }
      if next > 0 { least = min(least, Int(position - b[next - 1])) }
    }
    return least
  }

  /// Whether each word of the query is where it stands in the query.
  private func isInOrder(_ document: Int, _ field: Int) -> Bool {
    words.count == 1
      || words.indices.allSatisfy { word in
        exactPositions.removeAll(keepingCapacity: true)
        for reader in readers(word, field) where reader.isExact {
          reader.cursor.append(document: UInt32(document), to: &exactPositions)
        }
        return exactPositions.contains(UInt32(word))
      }
  }

  /// Whether a value of an array is the query and nothing else.
  private func hasWholeValue(_ document: Int, _ field: Int) -> Bool {
    guard let column = columns[field] else { return false }
    return column.range(document).contains { value in
      let ordinal = column.ordinal(value)
      if let known = wholeValues[field][ordinal] { return known }
      let isWhole =
        (try? AnalyzerPool.withAnalyzer { analyzer in
          let tokens = TokenBuffer()
          analyzer.analyze(column.term(ordinal), into: tokens)
          return tokens.terms == queryWords
        }) ?? false
      wholeValues[field][ordinal] = isWhole
      return isWhole
    }
  }

  private func readers(
    _ word: Int,
    _ field: Int
  ) -> [(cursor: PositionCursor, isExact: Bool)] {
    let cell = word * fieldCount + field
    if let known = cursors[cell] { return known }
    var made: [(cursor: PositionCursor, isExact: Bool)] = []
    for alternative in words[word].group.alternatives {
      for (list, _) in alternative.lists where list.field == numbers[field] {
        made.append((PositionCursor(list), alternative.match == .exact))
      }
    }
    cursors[cell] = made
    return made
  }
}
