// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The chance that a shopper looks at each position of the results, that of the first being 1.
public struct Propensities: Equatable, Sendable {
  /// Positions that have a value of their own.
  public static let positions = 20

  /// The values, of position 1 first.
  public internal(set) var values: [Float]

  /// What is taken before there is data: the discount of DCG, 1 / log2(1 + position).
  public init() {
    values = (1...Self.positions).map { 1 / log2f(1 + Float($0)) }
  }

  /// The chance of a position, from 1; below the last that is known it falls as the discount does.
  public subscript(position: Int) -> Float {
    guard position > Self.positions else { return values[max(1, position) - 1] }
    let last = values[Self.positions - 1]
    return last * log2f(1 + Float(Self.positions)) / log2f(1 + Float(min(position, 1 << 20)))
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.float(value) }
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "table of positions")
    values = []
    for _ in 0..<Self.positions { values.append(try reader.float()) }
  }
}
