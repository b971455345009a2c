// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How much a shopper leans to each of a few categories or brands; bounded.
struct Affinities {
  static let limit = 12

  private(set) var time: UInt32 = 0
  private(set) var entries: [(number: UInt32, weight: Float)] = []

  init() {}

  mutating func add(_ number: UInt32, _ weight: Float, at time: UInt32, _ halfLives: HalfLives) {
    let factor = Decay.factor(Decay.seconds(self.time, time), halfLives.popularity)
    for index in entries.indices { entries[index].weight *= factor }
    let late = Decay.factor(Decay.seconds(time, self.time), halfLives.popularity)
    self.time = max(self.time, time)
    if let index = entries.firstIndex(where: { $0.number == number }) {
      entries[index].weight += weight * late
    } else if entries.count < Self.limit {
      entries.append((number, weight * late))
    } else if let least = entries.indices.min(by: { entries[$0].weight < entries[$1].weight }) {
      entries[least] = (number, weight * late)
    }
  }

  func encode(_ writer: inout ByteWriter) {
    writer.varint(entries.count)
    guard !entries.isEmpty else { return }
    writer.fixed(time)
    for entry in entries {
      writer.varint(entry.number)
      writer.float(entry.weight)
    }
  }

  init(_ reader: inout ByteReader) throws {
    let count = try reader.count()
    guard count > 0 else { return }
    time = try reader.fixed(UInt32.self)
    for _ in 0..<count { entries.append((try reader.number(), try reader.float())) }
  }
}

/// The prices that a shopper pays attention to: weighted sums of their logarithms.
struct PriceAffinity {
  private(set) var weight: Float = 0
  private(set) var sum: Float = 0
  private(set) var squares: Float = 0

  init() {}

  /// Adds a price; those of earlier events fade by a fiftieth with each.
  mutating func add(_ price: Float, _ weight: Float) {
    guard price > 0 else { return }
    let logarithm = logf(price)
    self.weight = self.weight * 0.98 + weight
    sum = sum * 0.98 + weight * logarithm
    squares = squares * 0.98 + weight * logarithm * logarithm
  }

  func encode(_ writer: inout ByteWriter) {
    writer.float(weight)
    writer.float(sum)
    writer.float(squares)
  }

  init(_ reader: inout ByteReader) throws {
    weight = try reader.float()
    sum = try reader.float()
    squares = try reader.float()
  }
}
