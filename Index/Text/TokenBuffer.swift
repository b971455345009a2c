// SPDX-License-Identifier: Apache-2.0

/// The tokens of one text, in flat arrays that are reused from text to text.
///
/// One thread at a time.
public final class TokenBuffer {
  /// One token; offsets are bytes.
  public struct Token: BitwiseCopyable {
    /// Where the folded term lies among the buffer's term bytes.
    public var termStart: Int32
    /// The folded term's length, 1...255.
    public var termLength: Int32
    /// Where the word lies in the source text.
    public var sourceStart: Int32
    /// See ``sourceStart``.
    public var sourceEnd: Int32
  }

  /// The longest term kept, in bytes; longer ones are cut at a scalar's end.
  public static let longestTerm = 255

  /// The folded terms, one after the other.
  let termBytes = FlatArray<UInt8>()
  /// The tokens in order; a token's place here is its position.
  let tokens = FlatArray<Token>()

  /// Creates an empty buffer.
  public init() {}

  /// The number of tokens.
  public var count: Int { tokens.count }

  /// The token at a position below ``count``.
  public subscript(position: Int) -> Token {
    precondition(position < tokens.count, "a token's position is below their count")
    return tokens.base[position]
  }

  /// Takes away all tokens but the first `count`.
  func truncate(to count: Int) {
    if count < tokens.count {
      termBytes.shrink(to: Int(tokens.base[count].termStart))
      tokens.shrink(to: count)
    }
  }

  func append(_ term: UnsafeBufferPointer<UInt8>, _ sourceStart: Int, _ sourceEnd: Int) {
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
    termBytes.append(UnsafeBufferPointer(rebasing: term[..<length]))
  }

  /// The folded term of a token, valid until the next change.
  @inline(__always)
  func utf8(_ position: Int) -> UnsafeBufferPointer<UInt8> {
    let token = tokens.base[position]
    return UnsafeBufferPointer(
      start: termBytes.base + Int(token.termStart),
      count: Int(token.termLength)
    )
  }

  /// The folded term of a token.
  public func term(_ position: Int) -> [UInt8] {
    precondition(position < tokens.count, "a token's position is below their count")
    return Array(utf8(position))
  }

  /// The folded terms in order.
  public var terms: [[UInt8]] { (0..<count).map(term) }
}
