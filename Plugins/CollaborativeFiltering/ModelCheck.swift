// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// Finds out whether a model file of the right size may be read without further checks.
enum ModelCheck {
  /// Checks the checksum, and that every number points inside: a checksum does not resist forgery.
  static func run(
    _ bytes: UnsafeRawBufferPointer,
    _ layout: ModelLayout,
    path: String
  ) throws(FilterError) {
    let damaged = FilterError(.corrupt, "The model '\(path)' is damaged: train it again.")
    let sum = bytes.loadUnaligned(fromByteOffset: layout.checksum, as: UInt64.self)
    guard
      martlet_filter_checksum(0, bytes.baseAddress, layout.checksum) == UInt64(littleEndian: sum)
    else { throw damaged }
    func u32(_ offset: Int, _ index: Int) -> Int {
      Int(bytes.load(fromByteOffset: offset + 4 * index, as: UInt32.self))
    }
    for slot in 0..<ModelLayout.slots(layout.items) where u32(layout.nameSlots, slot) > layout.items
    {
      throw damaged
    }
    var previous = 0
    for item in 0..<layout.items {
      let held = u32(layout.counts, item)
      let scale = bytes.load(fromByteOffset: layout.factors + 4 * item, as: Float.self)
      let end = bytes.load(fromByteOffset: layout.nameEnds + 8 * item, as: UInt64.self)
      guard held <= layout.neighbours, scale.isFinite, end >= UInt64(previous),
        end <= UInt64(layout.nameBytes)
      else { throw damaged }
      previous = Int(end)
      for place in item * layout.neighbours..<item * layout.neighbours + held
      where u32(layout.neighbourItems, place) >= layout.items { throw damaged }
    }
  }
}
