// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How a score falls with the distance of a number from an origin.
///
/// The curves are those of Elasticsearch's decay functions: 1 up to `offset`, and `decay` at `scale`
/// beyond it. The difference is the plain distance.
struct Decay: Equatable {
  enum Curve: String {
    case gauss, exp, linear
    case difference = "diff"
  }

  var curve: Curve
  var origin: Double
  /// Above 0.
  var scale = 1.0
  /// 0 or more.
  var offset = 0.0
  /// Above 0 and below 1.
  var decay = 0.5

  func callAsFunction(_ value: Double) -> Double {
    let distance = max(0, abs(value - origin) - offset)
    switch curve {
    case .difference: return distance
    case .exp: return pow(decay, distance / scale)
    case .gauss: return pow(decay, (distance / scale) * (distance / scale))
    case .linear: return max(0, 1 - (1 - decay) * distance / scale)
    }
  }
}
