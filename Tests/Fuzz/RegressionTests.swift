// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What fuzzing once found, and the seeds it starts from, on every test run.
///
/// In turn, as targets keep state between inputs.
@Suite(.serialized)
struct RegressionTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Regressions")

  @Test(arguments: FuzzTarget.allCases)
  func inputsThatOnceFailed(_ target: FuzzTarget) throws {
    let inputs = try FileManager.default.contentsOfDirectory(
      at: Self.folder.appendingPathComponent(target.rawValue),
      includingPropertiesForKeys: nil
    )
    for input in inputs {
      try Data(contentsOf: input).withUnsafeBytes { bytes in
        try target.run(bytes.bindMemory(to: UInt8.self))
      }
    }
  }

  /// Seeds, cut short everywhere and with single bytes changed.
  @Test(arguments: FuzzTarget.allCases)
  func seedsAndTheirNeighbours(_ target: FuzzTarget) throws {
    for seed in try target.seeds {
      try seed.withUnsafeBufferPointer { try target.run($0) }
      let step = max(1, seed.count / 60)
      for cut in stride(from: 0, to: seed.count, by: step) {
        try seed.prefix(cut).withContiguousStorageIfAvailable { try target.run($0) }
        var changed = seed
        changed[cut] ^= 1 << (cut % 8)
        try changed.withUnsafeBufferPointer { try target.run($0) }
        changed[cut] = 0xFF
        try changed.withUnsafeBufferPointer { try target.run($0) }
      }
    }
  }
}
