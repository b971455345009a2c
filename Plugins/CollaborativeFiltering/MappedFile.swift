// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// A file mapped into memory for as long as the object lives.
final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  /// Maps an existing file for reading.
  convenience init(reading path: String) throws(FilterError) {
    try self.init(path, flags: O_RDONLY, size: nil)
  }

  /// Makes a file of `size` bytes, or takes up an existing one of that size, and maps it for writing.
  convenience init(writing path: String, size: Int) throws(FilterError) {
    try self.init(path, flags: O_RDWR | O_CREAT, size: size)
  }

  private init(_ path: String, flags: Int32, size wanted: Int?) throws(FilterError) {
    let file = open(path, flags, 0o644)
    guard file >= 0 else { throw Self.failure("open", path) }
    defer { close(file) }
    if let wanted, ftruncate(file, wanted) != 0 { throw Self.failure("make room for", path) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw Self.failure("read the size of", path) }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    let access = wanted == nil ? PROT_READ : PROT_READ | PROT_WRITE
    guard let base = mmap(nil, size, access, MAP_SHARED, file, 0), base != MAP_FAILED else {
      throw Self.failure("map", path)
    }
    bytes = UnsafeMutableRawBufferPointer(start: base, count: size)
  }

  deinit {
    if let base = bytes.baseAddress { munmap(base, bytes.count) }
  }

  /// Waits until what was written is on disk.
  func synchronize(_ path: String) throws(FilterError) {
    if let base = bytes.baseAddress, msync(base, bytes.count, MS_SYNC) != 0 {
      throw Self.failure("write", path)
    }
  }

  static func failure(_ verb: String, _ path: String) -> FilterError {
    FilterError(
      .file,
      "Could not \(verb) '\(path)': \(String(cString: strerror(errno))); check path, rights and space."
    )
  }
}
