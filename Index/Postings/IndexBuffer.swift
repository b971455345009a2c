// SPDX-License-Identifier: Apache-2.0
//
// Documents waiting to become a segment, document by document:
//
//   field 0:  starts  |0      |4          |7
//             tokens  |t0 t1 t2 t1|t5 t0 t7|...      a token's index in its document is its position
//
// Four bytes a token, appended in order, is all that adding costs. Turning this around into lists
// by term is done once, in `build`, over as many terms at a time as fit a bounded buffer.

/// Collects the tokens of documents and turns them into a segment's dictionary and postings.
///
/// One thread at a time.
public final class IndexBuffer {
  /// Stands for a position that holds no term.
  static let hole = UInt32.max
  /// The longest run of holes kept between two tokens; more would only waste room.
  static let longestHole = 64

  let fieldCount: Int
  let terms = TermTable()
  let tokens: [FlatArray<UInt32>]
  let starts: [FlatArray<UInt64>]
  private var lastPosition: [Int]

  /// Creates an empty buffer for documents of `fieldCount` text fields (at most 1 << 20).
  public init(fieldCount: Int) {
    self.fieldCount = fieldCount
    tokens = (0..<fieldCount).map { _ in FlatArray() }
    starts = (0..<fieldCount).map { _ in FlatArray() }
    lastPosition = Array(repeating: -1, count: fieldCount)
  }

  /// Documents added so far.
  public private(set) var documentCount = 0

  /// Starts the next document; its number is the returned one.
  @discardableResult
  public func beginDocument() -> UInt32 {
    for field in 0..<fieldCount {
      starts[field].append(UInt64(tokens[field].count))
      lastPosition[field] = -1
    }
    documentCount += 1
    return UInt32(documentCount - 1)
  }

  /// Adds one token to the document begun last.
  ///
  /// `term`: The folded term, at most 255 bytes.
  /// `position`: Its position in the field; a position may not go back, and of two terms at one
  ///     position the later moves one place on.
  @inline(__always)
  public func add(term: UnsafeBufferPointer<UInt8>, field: Int, position: Int) {
    add(number: terms.number(of: term), field: field, position: position)
  }

  /// Adds one token, given as its term's number; see ``add(term:field:position:)``.
  @inline(__always)
  func add(number: UInt32, field: Int, position: Int) {
    let stream = tokens[field]
    var holes = position - lastPosition[field] - 1
    if holes > 0 {
      holes = min(holes, Self.longestHole)
      for _ in 0..<holes { stream.append(Self.hole) }
    }
    stream.append(number)
    lastPosition[field] = max(position, lastPosition[field])
  }

  /// Adds the tokens that an earlier document has in a field, where the document begun last has none.
  func addTokens(of document: Int, field: Int) {
    let (stream, starts) = (tokens[field], starts[field])
    let (start, end) = (Int(starts.base[document]), Int(starts.base[document + 1]))
    for index in start..<end { stream.append(stream.base[index]) }
    lastPosition[field] = end - start - 1
  }

  /// Adds the tokens of one text to the document begun last; the first lies at position `base`.
  ///
  /// `field`: The field's number.
  func add(_ text: TokenBuffer, field: Int, base: Int) {
    guard text.count > 0 else { return }
    let (stream, terms) = (tokens[field], terms)
    for _ in 0..<min(max(0, base - lastPosition[field] - 1), Self.longestHole) {
      stream.append(Self.hole)
    }
    for position in 0..<text.count { stream.append(terms.number(of: text.utf8(position))) }
    lastPosition[field] = max(base, lastPosition[field] + 1) + text.count - 1
  }
}
