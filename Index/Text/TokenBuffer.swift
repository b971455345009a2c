// SPDX-License-Identifier: Apache-2.0

/// The tokens of one text, in flat arrays that are reused from text to text.
public struct TokenBuffer {
  /// One token; offsets are bytes.
  public struct Token {
    /// Where the folded term lies in ``TokenBuffer/termBytes``.
    public var termStart: Int32
    /// The folded term's length, 1...255.
    public var termLength: Int32
    /// Where the word lies in the source text.
    public var sourceStart: Int32
    /// See ``sourceStart``.
    public var sourceEnd: Int32
  }

  /// The folded terms, one after the other.
  public private(set) var termBytes: [UInt8] = []
  /// The tokens in order; a token's place here is its position.
  public private(set) var tokens: [Token] = []

  /// Creates an empty buffer.
  public init() {}

  /// The longest term kept, in bytes; longer ones are cut at a scalar's end.
  public static let longestTerm = 255

  mutating func removeAll() {
    termBytes.removeAll(keepingCapacity: true)
    tokens.removeAll(keepingCapacity: true)
  }

  mutating func append(_ term: UnsafeBufferPointer<UInt8>, _ sourceStart: Int, _ sourceEnd: Int) {
    var length = min(term.count, Self.longestTerm)
    while length < term.count, length > 0, term[length] & 0xC0 == 0x80 { length -= 1 }
    guard length > 0 else { return }
    tokens.append(
      Token(
        termStart: Int32(termBytes.count),
        termLength: Int32(length),
        sourceStart: Int32(sourceStart),
        sourceEnd: Int32(sourceEnd)
      )
    )
    termBytes.append(contentsOf: term[..<length])
  }

  /// The folded term of a token.
  public func term(_ index: Int) -> [UInt8] {
    let token = tokens[index]
    return Array(termBytes[Int(token.termStart)..<Int(token.termStart + token.termLength)])
  }

  /// Calls `body` with each folded term and its position.
  @inline(__always)
  func forEachTerm(_ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
    termBytes.withUnsafeBufferPointer { bytes in
      for (position, token) in tokens.enumerated() {
        let start = Int(token.termStart)
        body(
          UnsafeBufferPointer(rebasing: bytes[start..<(start + Int(token.termLength))]),
          position
        )
      }
    }
  }
}
