// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How fast what was counted loses its weight.
public struct HalfLives: Sendable {
  /// Seconds until an event counts half: for popularity, affinities and pairs.
  public var popularity: Float = 30 * 86_400
  /// Seconds until an event counts half for what is trending.
  public var trend: Float = 86_400

  /// The defaults.
  public init() {}
}

/// Sums whose terms halve with every half-life: forward decay (Cormode, Shkapenyuk, Srivastava, Xu,
/// "Forward Decay", 2009), kept as of the latest time seen, so that terms may come in any order.
enum Decay {
  /// What is left of 1 after some seconds; 1 for none and for negative numbers.
  @inline(__always)
  static func factor(_ seconds: Float, _ halfLife: Float) -> Float {
    seconds <= 0 ? 1 : exp2f(-seconds / halfLife)
  }

  /// Seconds from one time to another, negative if it is before.
  @inline(__always)
  static func seconds(_ from: UInt32, _ to: UInt32) -> Float { Float(Int64(to) - Int64(from)) }
}
