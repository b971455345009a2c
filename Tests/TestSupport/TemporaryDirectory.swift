// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Runs `body` with a new empty directory that is removed afterwards.
public func withTemporaryDirectory<T>(_ body: (String) throws -> T) throws -> T {
  let directory = NSTemporaryDirectory() + "martlet-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try body(directory)
}
