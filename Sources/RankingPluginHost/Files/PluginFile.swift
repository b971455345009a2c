// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A plugin's file as it was when it was read: checked, hashed and copied.
///
/// Each load works on a copy under a path of its own. The dynamic linker tells libraries apart by
/// path and inode, so the same path would give the old code; and writing over a mapped file would
/// change code that runs.
final class PluginFile: Sendable {
  /// The greatest size of a plugin's file.
  static let sizeLimit = 1 << 30

  let name: String
  let sha256: String
  /// The copy.
  let path: String

  /// Reads, checks and copies `directory`/`name`.so.
  ///
  /// - Throws: ``PluginError`` if the name has other characters than letters, digits, '.', '-' and
  ///   '_'; if the file is missing or no regular file; if it or its directory belongs to another
  ///   user than this process's or root, or can be written by others; if it is no whole shared
  ///   object; or if its hash is not in `allowed`.
  init(
    name: String,
    directory: String,
    copies: String,
    allowed: Set<String>?
  ) throws(PluginError) {
    guard Self.isName(name) else {
      throw PluginError("'\(name)' is no plugin name: use letters, digits, '.', '-' and '_'.")
    }
    let source = "\(directory)/\(name).so"
    try Self.checkOwner(directory, kind: S_IFDIR)
    let file = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      throw PluginError("Cannot read \(source): \(String(cString: strerror(errno))).")
    }
    defer { close(file) }
    // The open file is checked and read, so it cannot be exchanged in between.
    var status = stat()
    guard fstat(file, &status) == 0 else { throw PluginError("Cannot examine \(source).") }
    try Self.check(status, source, kind: S_IFREG)
    let bytes = try Self.read(file, source)
    if let problem = LibraryFormat.problem(bytes) {
      throw PluginError("\(source) is no plugin: \(problem).")
    }
    let hash = SHA256.hexadecimal(bytes)
    if let allowed, !allowed.contains(hash) {
      throw PluginError("\(source) is not on the list of allowed plugins; its SHA-256 is \(hash).")
    }
    self.name = name
    sha256 = hash
    path = "\(copies)/\(name)-\(UUID().uuidString).so"
    try Self.write(bytes, to: path)
  }

  deinit { unlink(path) }

  static func isName(_ name: String) -> Bool {
    let others = Set("._-".utf8)
    return (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || others.contains(byte)
      }
  }

  private static func checkOwner(_ path: String, kind: mode_t) throws(PluginError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw PluginError("Cannot examine \(path): \(String(cString: strerror(errno))).")
    }
    try check(status, path, kind: kind)
  }

  private static func check(_ status: stat, _ path: String, kind: mode_t) throws(PluginError) {
    guard status.st_mode & S_IFMT == kind else {
      throw PluginError("\(path) is not a \(kind == S_IFDIR ? "directory" : "regular file").")
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw PluginError("\(path) belongs to another user: chown it to this server's user or root.")
    }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
      throw PluginError("\(path) can be written by others: run chmod go-w on it.")
    }
  }

  private static func read(_ file: Int32, _ path: String) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(file, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0, bytes.count <= sizeLimit else {
        throw PluginError("Cannot read \(path), or it is over 1 GiB.")
      }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: piece[..<count])
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(PluginError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o500)
    guard file >= 0 else {
      throw PluginError("Cannot write \(path): \(String(cString: strerror(errno))).")
    }
    defer { close(file) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { rest in
        Foundation.write(file, rest.baseAddress.map { $0 + written }, rest.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        unlink(path)
        throw PluginError("Cannot write \(path): \(String(cString: strerror(errno))).")
      }
      written += count
    }
  }
}
