// SPDX-License-Identifier: Apache-2.0
//
// What goes together with a thing: products viewed in one session, products bought by one shopper,
// queries sent after a query. The list is bounded. A full list gives up the entry of the lowest
// weight under a half-life of one day, which mixes how often and how lately as LRFU does (Lee et
// al., 2001), so that a long-established neighbour stays and a rising one gets in.

/// A bounded list of weighted neighbours.
struct Neighbours {
  /// A neighbour.
  struct Entry: Equatable {
    var number: UInt32
    /// When `weight` is as of, in seconds since 1970.
    var time: UInt32
    var weight: Float
  }

  private(set) var entries: [Entry] = []

  init() {}

  /// Adds weight at a time; negative weight takes back an earlier addition.
  mutating func add(
    _ number: UInt32,
    _ weight: Float,
    at time: UInt32,
    atMost limit: Int,
    _ halfLives: HalfLives
  ) {
    if let index = entries.firstIndex(where: { $0.number == number }) {
      let seconds = Decay.seconds(entries[index].time, time)
      if seconds >= 0 {
        entries[index].weight *= Decay.factor(seconds, halfLives.popularity)
        entries[index].weight += weight
        entries[index].time = time
      } else {
        entries[index].weight += weight * Decay.factor(-seconds, halfLives.popularity)
      }
      if entries[index].weight < 1e-4 { entries.remove(at: index) }
      return
    }
    guard weight > 0 else { return }
    let entry = Entry(number: number, time: time, weight: weight)
    guard entries.count >= limit else {
      entries.append(entry)
      return
    }
    var least = 0
    var leastScore = Float.infinity
    for (index, entry) in entries.enumerated() {
      let age = Decay.seconds(entry.time, time)
      let score = entry.weight * Decay.factor(age, 86_400)
      if score < leastScore { (least, leastScore) = (index, score) }
    }
    if leastScore <= weight { entries[least] = entry }
  }

  /// The neighbours and their weights as of a time.
  func weights(at time: UInt32, _ halfLives: HalfLives) -> [(number: UInt32, weight: Float)] {
    entries.map { entry in
      let age = Decay.seconds(entry.time, time)
      return (entry.number, entry.weight * Decay.factor(age, halfLives.popularity))
    }
  }

  /// The weight of a neighbour as of a time; 0 if it is none.
  func weight(of number: UInt32, at time: UInt32, _ halfLives: HalfLives) -> Float {
    guard let entry = entries.first(where: { $0.number == number }) else { return 0 }
    return entry.weight * Decay.factor(Decay.seconds(entry.time, time), halfLives.popularity)
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 12 * entries.count)
    for entry in entries {
      writer.fixed(entry.number)
      writer.fixed(entry.time)
      writer.float(entry.weight)
    }
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "list of neighbours")
    entries.reserveCapacity(bytes.count / 12)
    while !reader.isAtEnd {
      entries.append(
        Entry(
          number: try reader.fixed(UInt32.self),
          time: try reader.fixed(UInt32.self),
          weight: try reader.float()
        )
      )
    }
  }
}
