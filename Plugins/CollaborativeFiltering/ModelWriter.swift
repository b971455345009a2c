// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels
internal import Foundation

/// Writes a model file row by row into a mapped file beside its final name; rows may come in any
/// order and from several threads, each once.
final class ModelWriter: @unchecked Sendable {
  private let path: String
  private let layout: ModelLayout
  private let file: MappedFile

  /// Whether rows of an interrupted training were taken up.
  let resumed: Bool

  /// Starts anew or, if asked and the file is there, takes up what an interrupted training left.
  init(path: String, header: ModelHeader, resuming: Bool) throws(FilterError) {
    self.path = path
    layout = header.layout
    var status = stat()
    let partial = Self.partial(path)
    resumed = resuming && stat(partial, &status) == 0 && Int(status.st_size) == layout.size
    if !resumed { unlink(partial) }
    file = try MappedFile(writing: partial, size: layout.size)
    header.write(to: file.bytes)
  }

  static func partial(_ path: String) -> String { path + ".partial" }

  /// Writes an item's neighbours, strongest first, at most as many as there is room for.
  ///
  /// Weights are stored in steps of 1/32767 of the strongest.
  func setRow(_ item: Int, _ neighbours: [UInt32], weights: UnsafeMutableBufferPointer<Float>) {
    let strongest = neighbours.first.map { abs(weights[Int($0)]) } ?? 0
    let factor = strongest / 32767
    store(layout.factors + 4 * item, factor.bitPattern)
    var held = 0
    for neighbour in neighbours.prefix(layout.neighbours) where factor > 0 {
      let code = Int16((weights[Int(neighbour)] / factor).rounded())
      guard code != 0 else { break }
      store(layout.neighbourItems + 4 * (item * layout.neighbours + held), neighbour)
      store(layout.codes + 2 * (item * layout.neighbours + held), code)
      held += 1
    }
    store(layout.counts + 4 * item, UInt32(held))
  }

  /// A hundredth of what an item's strongest neighbour gets on average.
  private var popularityWeight: Float {
    let factors = (0..<layout.items).map {
      file.bytes.load(fromByteOffset: layout.factors + 4 * $0, as: Float.self)
    }
    return factors.reduce(0, +) * 32767 / Float(max(1, factors.count)) / 100
  }

  /// Waits until the rows so far are on disk.
  func synchronize() throws(FilterError) { try file.synchronize(Self.partial(path)) }

  /// Adds names, popularity and checksum, and gives the file its name in one step.
  func finish(names: [String], popularity: [UInt32]) throws(FilterError) {
    var end = 0
    for (item, name) in names.enumerated() {
      for byte in name.utf8 {
        store(layout.names + end, byte)
        end += 1
      }
      store(layout.nameEnds + 8 * item, UInt64(end))
      store(layout.popularity + 4 * item, popularity[item])
    }
    for (item, name) in names.enumerated() {
      var slot = FilterModel.firstSlot(of: name, items: names.count)
      while file.bytes.load(fromByteOffset: layout.nameSlots + 4 * slot, as: UInt32.self) != 0 {
        slot = (slot + 1) & (ModelLayout.slots(names.count) - 1)
      }
      store(layout.nameSlots + 4 * slot, UInt32(item + 1))
    }
    store(60, popularityWeight.bitPattern)
    store(layout.checksum, martlet_filter_checksum(0, file.bytes.baseAddress, layout.checksum))
    try synchronize()
    guard rename(Self.partial(path), path) == 0 else { throw MappedFile.failure("rename", path) }
  }

  private func store<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ value: T) {
    file.bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }
}
