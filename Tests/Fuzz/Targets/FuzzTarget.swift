// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON

@testable import SearchIndex

/// A part of Martlet that reads bytes from outside: it may refuse them, never trap.
enum FuzzTarget: String, CaseIterable {
  case postings, dictionary, filter, query, jsonl

  /// Feeds one input to the part.
  ///
  /// - Throws: What a client or an operator would not be told in words, which is a finding.
  func run(_ input: UnsafeBufferPointer<UInt8>) throws {
    do {
      switch self {
      case .postings: try PostingsTarget.run(input)
      case .dictionary: try DictionaryTarget.run(input)
      case .filter: try QueryTargets.filter(input)
      case .query: try QueryTargets.query(input)
      case .jsonl: try ImportTarget.run(input)
      }
    } catch is IndexError {
    } catch is JSONError {
    }
  }

  /// Sound inputs to start from.
  var seeds: [[UInt8]] {
    get throws {
      switch self {
      case .postings: try PostingsTarget.seeds
      case .dictionary: try DictionaryTarget.seeds
      case .filter: QueryTargets.filterSeeds
      case .query: QueryTargets.querySeeds
      case .jsonl: ImportTarget.seeds
      }
    }
  }
}

/// Calls `body` with a data directory in memory where there is such a place; removed afterwards.
func withScratchStore<T>(_ body: (IndexStore) throws -> T) throws -> T {
  let memory = "/dev/shm"
  let base =
    FileManager.default.isWritableFile(atPath: memory) ? memory + "/" : NSTemporaryDirectory()
  let directory = base + "martlet-fuzz-" + UUID().uuidString
  let store = try IndexStore(directory: directory)
  // The files live as long as the store has them open, however the process ends.
  try FileManager.default.removeItem(atPath: directory)
  return try body(store)
}
