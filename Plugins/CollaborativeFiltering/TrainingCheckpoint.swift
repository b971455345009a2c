// SPDX-License-Identifier: Apache-2.0
//
// Beside the model's path, what an interrupted training has done, little-endian:
//
//   offset  bytes  field
//   0       4      magic "MTLK"
//   4       4      version, 2
//   8       8      fingerprint of interactions and options
//   16      36     the settings: six f32 as in a model's header, damping and ridge share, f32, the
//                  rank, u32
//   52      4      singular vectors, u32; 0 before they are known
//   56      4      their mean square, f32
//   60      4      0
//   64      8      rows written
//   72      8      checksum of all before it, seed 0
//   80      4k     k strengths, f32, then items * k vectors, f32, then their checksum, u64

internal import CFilterKernels
internal import Foundation

/// What a training has done, kept in a file so that it can go on after an interruption.
struct TrainingCheckpoint {
  private static let headerSize = 80
  private let path: String
  private let fingerprint: UInt64
  /// The settings, once chosen.
  private(set) var settings: FilterSettings?
  private var rank = 0
  private var meanSquare: Float = 0
  /// The rows that are on disk, from the first.
  private(set) var rows = 0

  /// Takes up what is there if it is of the same training.
  init(path model: String, fingerprint: UInt64) {
    path = model + ".checkpoint"
    self.fingerprint = fingerprint
    guard let bytes = read(at: 0, count: Self.headerSize) else { return }
    bytes.withUnsafeBytes { raw in
      func u32(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      }
      func u64(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      func float(_ offset: Int) -> Float { Float(bitPattern: u32(offset)) }
      guard raw.prefix(4).elementsEqual("MTLK".utf8), u32(4) == 2, u64(8) == fingerprint,
        u64(72) == martlet_filter_checksum(0, raw.baseAddress, 72), u64(64) <= UInt64(UInt32.max)
      else { return }
      var known = FilterSettings()
      known.historyExponent = float(16)
      known.userExponent = float(20)
      known.candidateExponent = float(24)
      known.spectralUserExponent = float(28)
      known.spectralItemExponent = float(32)
      known.spectralShare = float(36)
      known.damping = float(40)
      known.ridgeShare = float(44)
      known.rank = Int(u32(48))
      settings = known
      rank = Int(u32(52))
      meanSquare = float(56)
      rows = Int(u64(64))
    }
  }

  /// A number that other interactions or options would hardly have.
  static func fingerprint(_ matrix: SparseMatrix, _ options: TrainingOptions) -> UInt64 {
    let plain = [
      matrix.rows, matrix.width, options.neighbours, options.rank ?? -1, options.itemsPerUser,
      options.validationUsers ?? -1, Int(bitPattern: UInt(options.seed)),
    ]
    let shape = "\(plain) \(options.goal) \(options.settings.map { "\($0)" } ?? "")"
    let sums = martlet_filter_checksum(0, shape, shape.utf8.count)
    let starts = martlet_filter_checksum(sums, matrix.starts, 8 * matrix.starts.count)
    return martlet_filter_checksum(starts, matrix.columns, 4 * matrix.columns.count)
  }

  /// The singular vectors, if they were kept.
  func factors(items: Int) -> SpectralFactors? {
    let count = rank * (items + 1)
    guard rank > 0, rank <= items,
      let bytes = read(at: Self.headerSize, count: 4 * count + 8)
    else { return nil }
    return bytes.withUnsafeBytes { raw in
      let sum = raw.loadUnaligned(fromByteOffset: 4 * count, as: UInt64.self)
      guard UInt64(littleEndian: sum) == martlet_filter_checksum(0, raw.baseAddress, 4 * count)
      else { return nil }
      let values = raw.bindMemory(to: Float.self)
      let vectors = DenseMatrix(rows: items, width: rank)
      for index in 0..<items * rank { vectors.values[index] = values[rank + index] }
      return SpectralFactors(
        vectors: vectors,
        strengths: Array(values.prefix(rank)),
        meanSquare: meanSquare
      )
    }
  }

  /// Keeps the settings.
  mutating func keep(_ chosen: FilterSettings) throws(FilterError) {
    settings = chosen
    (rank, rows) = (0, 0)
    try write(header, at: 0)
  }

  /// Keeps the singular vectors.
  mutating func keep(_ found: SpectralFactors) throws(FilterError) {
    let count = found.vectors.rows * found.vectors.width
    var data = found.strengths.withUnsafeBytes { Data($0) }
    data.append(
      UnsafeRawBufferPointer(start: found.vectors.values, count: 4 * count).bindMemory(
        to: UInt8.self
      )
    )
    let sum = data.withUnsafeBytes { martlet_filter_checksum(0, $0.baseAddress, $0.count) }
    withUnsafeBytes(of: sum.littleEndian) { data.append(contentsOf: $0) }
    try write(data, at: Self.headerSize)
    (rank, meanSquare, rows) = (found.vectors.width, found.meanSquare, 0)
    try write(header, at: 0)
  }

  /// Keeps how many rows are on disk.
  mutating func keep(rows done: Int) throws(FilterError) {
    rows = done
    try write(header, at: 0)
  }

  /// Removes the file.
  func remove() { unlink(path) }

  private var header: Data {
    var data = Data("MTLK".utf8)
    func append<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    append(UInt32(2))
    append(fingerprint)
    let known = settings ?? FilterSettings()
    for value in [
      known.historyExponent, known.userExponent, known.candidateExponent,
      known.spectralUserExponent, known.spectralItemExponent, known.spectralShare, known.damping,
      known.ridgeShare,
    ] { append(value.bitPattern) }
    append(UInt32(known.rank))
    append(UInt32(rank))
    append(meanSquare.bitPattern)
    append(UInt32(0))
    append(UInt64(rows))
    append(data.withUnsafeBytes { martlet_filter_checksum(0, $0.baseAddress, $0.count) })
    return data
  }

  private func read(at offset: Int, count: Int) -> Data? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    guard (try? handle.seek(toOffset: UInt64(offset))) != nil,
      let data = try? handle.read(upToCount: count), data.count == count
    else { return nil }
    return data
  }

  private func write(_ data: Data, at offset: Int) throws(FilterError) {
    let file = open(path, O_RDWR | O_CREAT, 0o644)
    guard file >= 0 else { throw MappedFile.failure("open", path) }
    defer { close(file) }
    let written = data.withUnsafeBytes { pwriteAll(file, $0, offset) }
    guard written, fsync(file) == 0 else { throw MappedFile.failure("write", path) }
  }

  private func pwriteAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = pwrite(
        file,
        bytes.baseAddress?.advanced(by: done),
        bytes.count - done,
        offset + done
      )
      guard count > 0 else { return false }
      done += count
    }
    return true
  }
}
