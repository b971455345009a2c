// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex

/// A repeatable source of randomness (SplitMix64); print its seed with a failure.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Runs `body` with a data directory that is removed afterwards.
func withTemporaryDirectory<T>(_ body: (String) throws -> T) throws -> T {
  let directory = NSTemporaryDirectory() + "martlet-test-" + UUID().uuidString
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try body(directory)
}

extension SearchRequest {
  /// A search of the title.
  static func title(_ query: String) -> SearchRequest {
    var request = SearchRequest()
    request.query = query
    request.fields = [QueryField(name: "title")]
    return request
  }
}
