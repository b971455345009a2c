// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Hashing
internal import JSON

/// The files of one version of a model, copied and hashed.
enum ModelFiles {
  /// The file that lists the digests of the others, `{"model.onnx": "9f86d0..."}`.
  static let list = "files.json"
  /// The most files of a model.
  static let countLimit = 32
  /// The most bytes of all files of a model.
  static let bytesLimit = 4 << 30

  /// Copies the files of a directory into a new one, hashes the copies, and puts the list beside
  /// them; all is on disk on return.
  ///
  /// - Throws: ``NeuralError`` if something in it is no plain file, or they are too many or too large.
  static func copy(_ source: String, to target: String) throws(NeuralError) {
    let names = try plainFiles(source)
    try make(target)
    var digests: [JSON.Member] = []
    for name in names {
      try copyFile("\(source)/\(name)", to: "\(target)/\(name)")
      digests.append(JSON.Member(name, .string(try digest("\(target)/\(name)"))))
    }
    try write(JSON.object(digests).serialized(), to: "\(target)/\(list)")
    sync(target)
  }

  /// The names of a directory's files, those of hidden files and of an older list left out.
  private static func plainFiles(_ directory: String) throws(NeuralError) -> [String] {
    guard let all = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
      throw NeuralError("Cannot read the directory \(directory).")
    }
    let names = all.filter { !$0.hasPrefix(".") && $0 != list }.sorted()
    guard names.count <= countLimit else {
      throw NeuralError("\(directory) has over \(countLimit) files: give the model's alone.")
    }
    var total = 0
    for name in names {
      var status = stat()
      guard lstat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw NeuralError("\(directory)/\(name) is no plain file: a model has only such.")
      }
      total += Int(status.st_size)
    }
    guard total <= bytesLimit else {
      throw NeuralError("The files of \(directory) have \(total) bytes, over \(bytesLimit).")
    }
    return names
  }

  /// The SHA-256 of a file in lower-case hexadecimal.
  static func digest(_ path: String) throws(NeuralError) -> String {
    guard
      let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    else { throw NeuralError("Cannot read \(path).") }
    return Hashing.sha256([UInt8](data)).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }

  static func make(_ directory: String) throws(NeuralError) {
    do {
      try FileManager.default.createDirectory(
        atPath: directory,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o755]
      )
    } catch {
      throw NeuralError("Cannot make \(directory): \(error.localizedDescription)")
    }
  }

  private static func copyFile(_ source: String, to target: String) throws(NeuralError) {
    do {
      try FileManager.default.copyItem(atPath: source, toPath: target)
    } catch {
      throw NeuralError("Cannot copy \(source): \(error.localizedDescription)")
    }
    chmod(target, 0o644)
    sync(target)
  }

  /// Writes a file whole: readers see the old content or the new.
  static func write(_ bytes: [UInt8], to path: String) throws(NeuralError) {
    let new = path + ".new"
    guard (try? Data(bytes).write(to: URL(fileURLWithPath: new))) != nil else {
      throw NeuralError("Cannot write \(new).")
    }
    chmod(new, 0o644)
    sync(new)
    try move(new, to: path)
  }

  /// Renames, replacing a file at the target; on disk on return.
  static func move(_ source: String, to target: String) throws(NeuralError) {
    guard rename(source, target) == 0 else {
      throw NeuralError("Cannot write \(target): \(String(cString: strerror(errno))).")
    }
    sync((target as NSString).deletingLastPathComponent)
  }

  /// Brings a file or the names of a directory to the disk.
  private static func sync(_ path: String) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    fsync(file)
    close(file)
  }
}
