// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// A trained item-item filter, read from a mapped file.
///
/// For each item the strongest neighbours and how much it speaks for them. A shopper needs no training:
/// a score is the sum of what the items of the history say, and popularity where they say nothing.
/// Safe to use from any number of threads.
public final class FilterModel: Sendable {
  private let file: MappedFile
  let layout: ModelLayout
  /// The settings that the model was trained with.
  public let settings: FilterSettings
  /// Users trained on.
  public let users: Int
  /// Interactions trained on.
  public let interactions: Int
  /// What the popularity of the most popular item adds to its score: below what an average neighbour
  /// adds, so that it decides only where the history is silent.
  public let popularityWeight: Float
  /// The popularity of the most popular item.
  let peak: Float

  /// Maps a model file and checks all of it, so that no later read can leave it.
  ///
  /// O(bytes).
  ///
  /// - Throws: ``FilterError`` if the file cannot be read, is damaged, or of another version.
  public init(path: String) throws(FilterError) {
    file = try MappedFile(reading: path)
    let bytes = UnsafeRawBufferPointer(file.bytes)
    let header = try ModelHeader(bytes, path: path)
    layout = header.layout
    settings = header.settings
    users = header.users
    interactions = header.interactions
    popularityWeight = header.popularityWeight
    try ModelCheck.run(bytes, layout, path: path)
    peak = Float(Self.view(bytes, layout.popularity, layout.items, UInt32.self).max() ?? 0)
  }

  /// The number of items.
  public var count: Int { layout.items }
  /// The interactions of each item.
  public var popularity: UnsafeBufferPointer<UInt32> { section(layout.popularity, count) }
  var counts: UnsafeBufferPointer<UInt32> { section(layout.counts, count) }
  var factors: UnsafeBufferPointer<Float> { section(layout.factors, count) }
  var neighbourItems: UnsafeBufferPointer<UInt32> {
    section(layout.neighbourItems, count * layout.neighbours)
  }
  var codes: UnsafeBufferPointer<Int16> { section(layout.codes, count * layout.neighbours) }

  /// What popularity adds to an item's score.
  func prior(_ item: Int) -> Float {
    peak > 0 && item < count ? popularityWeight * Float(popularity[item]) / peak : 0
  }

  /// An item's neighbours and weights, strongest first; none for a number that is no item.
  public func neighbours(of item: UInt32, limit: Int = .max) -> [ItemWeight] {
    guard Int(item) < count else { return [] }
    let start = Int(item) * layout.neighbours
    return (start..<start + min(max(0, limit), Int(counts[Int(item)]))).map {
      ItemWeight(neighbourItems[$0], Float(codes[$0]) * factors[Int(item)])
    }
  }

  /// An item's name.
  public func name(of item: UInt32) -> String? {
    nameBytes(of: item).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The number of the item of that name.
  ///
  /// O(1) on average.
  public func number(of name: String) -> UInt32? {
    var name = name
    return name.withUTF8 { wanted in
      let slots: UnsafeBufferPointer<UInt32> = section(layout.nameSlots, ModelLayout.slots(count))
      var slot = Self.firstSlot(of: wanted, items: count)
      // A forged file may have no empty place.
      for _ in slots.indices {
        guard slots[slot] > 0 else { return nil }
        let item = slots[slot] - 1
        if nameBytes(of: item)?.elementsEqual(wanted) == true { return item }
        slot = (slot + 1) & (slots.count - 1)
      }
      return nil
    }
  }

  static func firstSlot(of name: String, items: Int) -> Int {
    var name = name
    return name.withUTF8 { firstSlot(of: $0, items: items) }
  }

  private static func firstSlot(of name: UnsafeBufferPointer<UInt8>, items: Int) -> Int {
    Int(
      martlet_filter_checksum(0, name.baseAddress, name.count)
        & UInt64(ModelLayout.slots(items) - 1)
    )
  }

  private func nameBytes(of item: UInt32) -> UnsafeBufferPointer<UInt8>? {
    guard Int(item) < count else { return nil }
    let ends: UnsafeBufferPointer<UInt64> = section(layout.nameEnds, count)
    let start = item == 0 ? 0 : Int(ends[Int(item) - 1])
    let names: UnsafeBufferPointer<UInt8> = section(layout.names, layout.nameBytes)
    return UnsafeBufferPointer(rebasing: names[start..<Int(ends[Int(item)])])
  }

  private func section<T>(_ offset: Int, _ count: Int) -> UnsafeBufferPointer<T> {
    Self.view(UnsafeRawBufferPointer(file.bytes), offset, count, T.self)
  }

  private static func view<T>(
    _ bytes: UnsafeRawBufferPointer,
    _ offset: Int,
    _ count: Int,
    _ type: T.Type
  ) -> UnsafeBufferPointer<T> {
    // SAFETY: the initialiser checked that the file is as long as the layout; sections are aligned.
    UnsafeBufferPointer(
      start: bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: type),
      count: count
    )
  }
}
