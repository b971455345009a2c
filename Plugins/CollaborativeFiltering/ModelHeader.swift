// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// The first 80 bytes of a model file; `ModelLayout` has the table.
struct ModelHeader {
  let layout: ModelLayout
  let settings: FilterSettings
  let users: Int
  let interactions: Int
  let popularityWeight: Float

  init(
    layout: ModelLayout,
    settings: FilterSettings,
    users: Int,
    interactions: Int,
    popularityWeight: Float
  ) {
    self.layout = layout
    self.settings = settings
    self.users = users
    self.interactions = interactions
    self.popularityWeight = popularityWeight
  }

  /// Reads any bytes.
  ///
  /// - Throws: ``FilterError`` unless they begin with a header of this version whose sizes are those
  ///   of the bytes.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(FilterError) {
    guard bytes.count >= ModelLayout.headerSize,
      bytes.prefix(4).elementsEqual(ModelLayout.magic)
    else {
      throw FilterError(.corrupt, "'\(path)' is not a model: train one, or name another file.")
    }
    func load<T: BitwiseCopyable>(_ offset: Int, _ type: T.Type) -> T {
      bytes.loadUnaligned(fromByteOffset: offset, as: type)
    }
    func float(_ offset: Int) -> Float {
      Float(bitPattern: UInt32(littleEndian: load(offset, UInt32.self)))
    }
    let version = UInt16(littleEndian: load(4, UInt16.self))
    guard version >= ModelLayout.version else {
      throw FilterError(.tooOld, "The model '\(path)' has format \(version): train it again.")
    }
    guard version <= ModelLayout.version else {
      throw FilterError(.tooNew, "The model '\(path)' has format \(version): use a newer martlet.")
    }
    guard
      let names = Int(exactly: UInt64(littleEndian: load(64, UInt64.self))),
      let users = Int(exactly: UInt64(littleEndian: load(16, UInt64.self))),
      let interactions = Int(exactly: UInt64(littleEndian: load(24, UInt64.self))),
      let layout = ModelLayout(
        items: Int(UInt32(littleEndian: load(8, UInt32.self))),
        neighbours: Int(UInt32(littleEndian: load(12, UInt32.self))),
        nameBytes: names
      ), layout.size == bytes.count
    else {
      throw FilterError(.corrupt, "The model '\(path)' is cut short or damaged: train it again.")
    }
    var settings = FilterSettings()
    settings.historyExponent = float(32)
    settings.userExponent = float(36)
    settings.candidateExponent = float(40)
    settings.spectralUserExponent = float(44)
    settings.spectralItemExponent = float(48)
    settings.spectralShare = float(52)
    settings.damping = float(72)
    settings.ridgeShare = float(76)
    settings.rank = Int(UInt32(littleEndian: load(56, UInt32.self)))
    self.init(
      layout: layout,
      settings: settings,
      users: users,
      interactions: interactions,
      popularityWeight: float(60)
    )
  }

  /// Writes the header at the front of `bytes`, which hold it.
  func write(to bytes: UnsafeMutableRawBufferPointer) {
    func store<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ value: T) {
      bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
    bytes.copyBytes(from: ModelLayout.magic)
    store(4, ModelLayout.version)
    store(6, UInt16(0))
    store(8, UInt32(layout.items))
    store(12, UInt32(layout.neighbours))
    store(16, UInt64(users))
    store(24, UInt64(interactions))
    let floats = [
      settings.historyExponent, settings.userExponent, settings.candidateExponent,
      settings.spectralUserExponent, settings.spectralItemExponent, settings.spectralShare,
    ]
    for (index, value) in floats.enumerated() { store(32 + 4 * index, value.bitPattern) }
    store(56, UInt32(settings.rank))
    store(60, popularityWeight.bitPattern)
    store(64, UInt64(layout.nameBytes))
    store(72, settings.damping.bitPattern)
    store(76, settings.ridgeShare.bitPattern)
  }
}
