// SPDX-License-Identifier: Apache-2.0

internal import CRankingPlugin

/// Where attributions go; valid inside the call.
public struct AttributionOutput {
  let output: UnsafeMutablePointer<rp_attribution_output>

  /// The places in the batch of the candidates to explain, the most important first.
  public var candidates: UnsafeBufferPointer<UInt32> {
    UnsafeBufferPointer(start: output.pointee.candidates, count: Int(output.pointee.count))
  }

  /// The most features that have room.
  public var capacity: Int { Int(output.pointee.capacity) }

  /// Names the features, in the order of their values; names are cut at 63 bytes of UTF-8, features
  /// beyond ``capacity`` are left out.
  public func setFeatures(_ names: [String]) {
    output.pointee.feature_count = UInt32(min(names.count, capacity))
    let size = Int(RP_FEATURE_NAME)
    for (index, name) in names.prefix(capacity).enumerated() {
      let target = UnsafeMutableRawBufferPointer(
        start: output.pointee.names + index * size,
        count: size - 1
      )
      target.copyBytes(from: name.utf8.prefix(size - 1))
    }
  }

  /// Sets the score of a candidate of which no feature is known, and of how many random orders the
  /// values are a mean; 0 for exact ones.
  public func set(baseline: Double, samples: Int) {
    output.pointee.baseline = baseline
    output.pointee.samples = UInt32(clamping: samples)
  }

  /// What the features add to the score of element `index` of ``candidates``: ``capacity`` finite
  /// numbers.
  public func values(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
    precondition(index < candidates.count, "there are \(candidates.count) candidates to explain")
    return UnsafeMutableBufferPointer(
      start: output.pointee.values + index * capacity,
      count: capacity
    )
  }
}
