// SPDX-License-Identifier: Apache-2.0
//
// A model file, little-endian; every section starts at a multiple of 8, padded with zeros:
//
//   offset  bytes  field
//   0       4      magic "MTLF"
//   4       2      version, 1
//   6       2      zero
//   8       4      n, the number of items
//   12      4      k, the places for neighbours of each item
//   16      8      users trained on
//   24      8      interactions trained on
//   32      24     the exponents a, c, b, x, y and the share of the low-pass filter, f32 each
//   56      4      rank
//   60      4      the weight of popularity in a score, f32
//   64      8      bytes of names
//   72      4      the damping, f32
//   76      4      the share of the ridge regression, f32
//   80      4n     interactions of each item, u32
//           4n     neighbours held of each item, u32, at most k
//           4n     what an item's codes are multiplied by, f32
//           4nk    neighbours, u32: of item i from place i k, strongest first
//           2nk    their codes, i16: weight = code * the item's factor
//           8n     end of each item's name in the names, u64, ascending
//           4s     a hash table of names, u32: 0 for empty, else an item's number + 1, at the place of
//                  the name's checksum (seed 0) or the next free one; s is the power of 2 from 2n up
//           -      names, UTF-8
//           8      checksum of all before it (martlet_filter_checksum, seed 0)

/// Where the sections of a model file lie.
struct ModelLayout: Equatable {
  static let magic: [UInt8] = Array("MTLF".utf8)
  static let version: UInt16 = 1
  static let headerSize = 80

  let items: Int
  let neighbours: Int
  let nameBytes: Int
  let popularity: Int
  let counts: Int
  let factors: Int
  let neighbourItems: Int
  let codes: Int
  let nameEnds: Int
  let nameSlots: Int
  let names: Int
  let checksum: Int
  /// The file's size.
  let size: Int

  /// The places of the hash table of so many names.
  static func slots(_ items: Int) -> Int {
    var slots = 2
    while slots < 2 * items { slots *= 2 }
    return slots
  }

  /// Nil where the sizes overflow: no file is that large.
  init?(items: Int, neighbours: Int, nameBytes: Int) {
    guard items >= 0, neighbours >= 0, nameBytes >= 0, items <= Int(UInt32.max),
      nameBytes <= 1 << 48
    else { return nil }
    let (places, overflow) = items.multipliedReportingOverflow(by: neighbours)
    guard !overflow, places <= 1 << 48 else { return nil }
    self.items = items
    self.neighbours = neighbours
    self.nameBytes = nameBytes
    var offset = Self.headerSize
    func section(_ bytes: Int) -> Int {
      defer { offset += (bytes + 7) & ~7 }
      return offset
    }
    popularity = section(4 * items)
    counts = section(4 * items)
    factors = section(4 * items)
    neighbourItems = section(4 * places)
    codes = section(2 * places)
    nameEnds = section(8 * items)
    nameSlots = section(4 * Self.slots(items))
    names = section(nameBytes)
    checksum = offset
    size = offset + 8
  }
}
