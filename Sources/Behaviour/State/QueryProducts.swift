// SPDX-License-Identifier: Apache-2.0

/// The products that a query showed, and what came of it; bounded.
struct QueryProducts {
  /// The most products kept; 80 of 24 bytes fit beside another record on a page.
  static let limit = 80

  /// What came of showing one product.
  struct Entry: Equatable {
    var product: UInt32
    /// As of when the counts are, in seconds since 1970.
    var time: UInt32
    /// Examined, clicked, put into a cart, bought.
    var counts: SIMD4<Float>
  }

  private(set) var entries: [Entry] = []

  init() {}

  /// Adds counts (examined, clicks, carts, purchases) of an event at `time`; negative ones take
  /// back an earlier addition.
  mutating func add(
    _ product: UInt32,
    _ counts: SIMD4<Float>,
    at time: UInt32,
    _ halfLives: HalfLives
  ) {
    if let index = entries.firstIndex(where: { $0.product == product }) {
      let seconds = Decay.seconds(entries[index].time, time)
      if seconds >= 0 {
        entries[index].counts *= Decay.factor(seconds, halfLives.popularity)
        entries[index].counts += counts
        entries[index].time = time
      } else {
        entries[index].counts += counts * Decay.factor(-seconds, halfLives.popularity)
      }
      entries[index].counts.replace(with: 0, where: entries[index].counts .< 1e-4)
      if entries[index].counts == .zero { entries.remove(at: index) }
      return
    }
    let counts = counts.replacing(with: 0, where: counts .< 0)
    guard counts != .zero else { return }
    let entry = Entry(product: product, time: time, counts: counts)
    guard entries.count >= Self.limit else {
      entries.append(entry)
      return
    }
    // The one with the least evidence, late evidence counting more, makes room.
    func evidence(_ entry: Entry) -> Float {
      (entry.counts[0] + 10 * (entry.counts[1] + entry.counts[2] + entry.counts[3]))
        * Decay.factor(Decay.seconds(entry.time, time), halfLives.trend)
    }
    guard
      let least = entries.indices.min(by: { evidence(entries[$0]) < evidence(entries[$1]) }),
      evidence(entries[least]) <= evidence(entry)
    else { return }
    entries[least] = entry
  }

  /// The counts of a product as of a time.
  func counts(of product: UInt32, at time: UInt32, _ halfLives: HalfLives) -> SIMD4<Float> {
    guard let entry = entries.first(where: { $0.product == product }) else { return .zero }
    return entry.counts
      * Decay.factor(Decay.seconds(entry.time, time), halfLives.popularity)
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 24 * entries.count)
    for entry in entries {
      writer.fixed(entry.product)
      writer.fixed(entry.time)
      for index in 0..<4 { writer.float(entry.counts[index]) }
    }
    return writer.bytes
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(bytes, "record of a query's products")
    entries.reserveCapacity(bytes.count / 24)
    while !reader.isAtEnd {
      var entry = Entry(
        product: try reader.fixed(UInt32.self),
        time: try reader.fixed(UInt32.self),
        counts: .zero
      )
      for index in 0..<4 { entry.counts[index] = try reader.float() }
      entries.append(entry)
    }
  }
}
