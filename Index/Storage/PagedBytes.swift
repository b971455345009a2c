// SPDX-License-Identifier: Apache-2.0
//
// A long byte sequence kept as pieces of at most 1 MiB, so that storage never has to find room for
// one huge value. A position is (piece << 20 | offset inside the piece); what is appended in one
// call never crosses a piece, so readers get a plain pointer.

/// The pieces of one stored sequence, readable while the transaction that lent them lives.
public struct PagedBytes: @unchecked Sendable {
  /// Bytes that one piece may hold, slack included.
  public static let pieceCapacity = 1 << 20
  /// Readable zero bytes after the payload, so that vector loads may run over.
  public static let slack = 64
  /// The most payload bytes of one append.
  public static let longestAppend = pieceCapacity - slack - 64

  // A plain pointer rather than an array: evaluation copies this value per list and per block, and
  // counting references there showed in profiles.
  private let bases: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>

  /// For each piece: 0 not yet checked, 1 sound.
  ///
  /// Threads may check one piece twice; no harm.
  private let checked: UnsafeMutablePointer<UInt8>
  private let kind: FormatKind

  /// Wraps stored pieces in order, each with its ``FormatHeader``.
  ///
  /// The owner calls ``deallocate()``
  /// once no copy is in use.
  init(pieces: [UnsafeRawBufferPointer], kind: FormatKind) throws(IndexError) {
    self.kind = kind
    var payloads: [UnsafeRawBufferPointer] = []
    for piece in pieces {
      payloads.append(try FormatHeader.unwrap(piece, kind: kind, verify: false))
    }
    bases = .allocate(capacity: payloads.count)
    _ = bases.initialize(from: payloads)
    checked = .allocate(capacity: payloads.count)
    checked.initialize(repeating: 0, count: payloads.count)
  }

  /// Frees the table of pieces, not the pieces.
  func deallocate() {
    bases.deallocate()
    checked.deallocate()
  }

  /// Checks the checksums of the pieces from one position to another, each only once.
  func verify(from: UInt64, to: UInt64) throws(IndexError) {
    let (first, last) = (Int(clamping: from >> 20), Int(clamping: to >> 20))
    guard first <= last, last < bases.count else { throw ByteReader.truncated }
    for piece in first...last where checked[piece] == 0 {
      let whole = UnsafeRawBufferPointer(
        start: bases[piece].baseAddress.map { $0 - FormatHeader.size },
        count: bases[piece].count + FormatHeader.size + 8
      )
      try FormatHeader.check(whole, kind: kind)
      checked[piece] = 1
    }
  }

  /// The bytes from `position` to the end of its piece; empty if there is no such place.
  @inline(__always)
  func bytes(at position: UInt64) -> UnsafeRawBufferPointer {
    let piece = Int(truncatingIfNeeded: position >> 20)
    let offset = Int(truncatingIfNeeded: position & 0xF_FFFF)
    guard piece < bases.count, offset <= bases[piece].count else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(rebasing: bases[piece][offset...])
  }
}

/// Builds the pieces of a ``PagedBytes``.
public struct PagedBytesWriter {
  /// The finished pieces and the one being filled, slack not yet added.
  private var pieces: [[UInt8]] = []
  /// Payload bytes after which the next append starts a piece.
  private let pieceLimit: Int

  /// Creates an empty writer for a segment of `documentCount` documents.
  ///
  /// LMDB must find adjacent free pages for a piece, so a small segment has small pieces: with one
  /// size for all, free pages between small segments were of no use and the file grew for ever.
  public init(documentCount: Int) {
    pieceLimit = min(max(8 * documentCount, 12 << 10), PagedBytes.longestAppend)
  }

  private func startsPiece(_ count: Int) -> Bool {
    guard let last = pieces.last, !last.isEmpty else { return pieces.isEmpty }
    return last.count + count > pieceLimit
  }

  /// Appends bytes that will be contiguous, at most ``PagedBytes/longestAppend`` of them.
  ///
  /// - Returns: Their position.
  @discardableResult
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    precondition(bytes.count <= PagedBytes.longestAppend, "one append fits one piece")
    if startsPiece(bytes.count) { pieces.append([]) }
    let last = pieces.count - 1
    let position = UInt64(last) << 20 | UInt64(pieces[last].count)
    pieces[last].append(contentsOf: bytes)
    return position
  }

  /// Appends an array; see ``append(_:)-(UnsafeBufferPointer<UInt8>)``.
  @discardableResult
  mutating func append(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBufferPointer { append($0) }
  }

  /// The pieces, each with its slack.
  public consuming func finish() -> [[UInt8]] {
    for index in pieces.indices {
      pieces[index].append(contentsOf: repeatElement(0, count: PagedBytes.slack))
    }
    return pieces
  }
}
