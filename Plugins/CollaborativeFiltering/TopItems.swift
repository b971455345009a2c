// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// The best of a list of scores.
enum TopItems {
  /// The indexes of the `count` highest scores above -∞, best first, the lower first among equals;
  /// with `magnitude`, of the highest without their signs.
  static func of(_ scores: [Float], count: Int) -> [UInt32] {
    scores.withUnsafeBufferPointer { of($0, count: count) }
  }

  static func of(
    _ scores: UnsafeBufferPointer<Float>,
    count: Int,
    magnitude: Bool = false
  ) -> [UInt32] {
    let most = min(count, scores.count)
    var heap = [Float](repeating: 0, count: most)
    return [UInt32](unsafeUninitializedCapacity: most) { items, held in
      guard let base = items.baseAddress else { return }
      held = martlet_top(scores.baseAddress, scores.count, most, magnitude ? 1 : 0, &heap, base)
    }
  }
}
