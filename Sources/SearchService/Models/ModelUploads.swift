// SPDX-License-Identifier: Apache-2.0

import Foundation
import SearchIndex
import Synchronization

/// Files of models on their way in: each version's in a directory of its own, until all are there.
final class ModelUploads: Sendable {
  /// The most versions that wait to be added.
  private static let waitingLimit = 8
  /// The most bytes of a file: ONNX's own format ends there.
  static let bytesLimit = 2 << 30
  /// Uploads that nobody touched for so many seconds are given up.
  private static let patience: TimeInterval = 3600

  private let directory: String
  private let lock = Mutex<Void>(())

  /// Keeps uploads in `directory`/.uploads.
  init(directory: String) { self.directory = directory + "/.uploads" }

  /// Opens a file of a version; what it held is replaced once the new one is whole.
  func begin(_ version: String, file: String) throws -> ModelUpload {
    try lock.withLock { _ in
      clear()
      let path = "\(directory)/\(version)"
      let isNew = !FileManager.default.fileExists(atPath: path)
      let waiting = (try? FileManager.default.contentsOfDirectory(atPath: directory))?.count ?? 0
      guard !isNew || waiting < Self.waitingLimit else {
        throw IndexError(
          .unprocessable,
          "Too many models wait to be added: add them, or wait an hour."
        )
      }
      do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      } catch {
        throw IndexError(.io, "Cannot make \(path): \(error.localizedDescription)")
      }
      return try ModelUpload(path: "\(path)/\(file)")
    }
  }

  /// Takes a version's directory out of the uploads; the caller removes it.
  ///
  /// - Throws: ``IndexError`` with code notFound if nothing was uploaded.
  func take(_ version: String) throws -> String {
    try lock.withLock { _ in
      let taken = "\(directory)/.\(UUID().uuidString)"
      guard rename("\(directory)/\(version)", taken) == 0 else {
        throw IndexError(
          .notFound,
          "Upload the model's files first: PUT /x/models/ID/VERSION/files/NAME."
        )
      }
      return taken
    }
  }

  private func clear() {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
      let path = "\(directory)/\(name)"
      let date = (try? files.attributesOfItem(atPath: path))?[.modificationDate] as? Date
      if let date, -date.timeIntervalSinceNow > Self.patience {
        try? files.removeItem(atPath: path)
      }
    }
  }
}

/// One file on its way in; one thread at a time.
public final class ModelUpload: @unchecked Sendable {
  private let path: String
  private let part: String
  private var file: Int32
  private var bytes = 0
  private var failure: IndexError?

  init(path: String) throws {
    self.path = path
    let directory = (path as NSString).deletingLastPathComponent
    part = "\(directory)/.\(UUID().uuidString)"
    file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw IndexError(.io, "Cannot write \(part): \(String(cString: strerror(errno))).")
    }
  }

  deinit {
    if file >= 0 {
      close(file)
      unlink(part)
    }
  }

  /// Appends to the file; a failure is told by ``finish()``.
  public func write(_ bytes: [UInt8]) {
    guard failure == nil else { return }
    self.bytes += bytes.count
    guard self.bytes <= ModelUploads.bytesLimit else {
      failure = IndexError(.invalid, "A model's file has at most 2 GiB.")
      return
    }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { rest in
        Foundation.write(file, rest.baseAddress.map { $0 + written }, rest.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        failure = IndexError(
          .full,
          "The file cannot be stored: \(String(cString: strerror(errno)))."
        )
        return
      }
      written += count
    }
  }

  /// Ends the file, which takes its name; the number of its bytes.
  ///
  /// - Throws: ``IndexError`` if something of it could not be stored.
  public func finish() throws -> Int {
    if let failure { throw failure }
    close(file)
    file = -1
    guard rename(part, path) == 0 else {
      unlink(part)
      throw IndexError(.io, "Cannot write \(path): \(String(cString: strerror(errno))).")
    }
    return bytes
  }
}
