// SPDX-License-Identifier: Apache-2.0

/// When facets are estimated from a part of the documents.
public struct FacetSampling: Equatable, Sendable {
  /// The part of the documents to count, in percent, 0...100.
  public var percent = 100.0
  /// Documents that match, up to which all are counted.
  public var threshold = 0
  /// By how much ``percent`` falls for each further ``threshold`` documents.
  public var slope = 0.0

  /// Counts everything.
  public init() {}

  /// The least part that is counted, in percent: of fewer documents nothing could be said.
  private static let leastPercent = 0.1

  /// The part of so many matching documents that is counted, 0...1; nil for all.
  func share(of documents: Int) -> Double? {
    guard percent < 100, documents > threshold else { return nil }
    let steps = threshold > 0 ? Double(documents - threshold) / Double(threshold) : 0
    return max(percent - slope * steps, Self.leastPercent) / 100
  }

  /// A random part of the documents, the same for equal ones.
  static func sample(_ documents: [Bitset], share: Double) -> [Bitset] {
    let limit = UInt32(share * Double(UInt32.max))
    return documents.enumerated().map { part, matching in
      var sample = Bitset(count: matching.count)
      matching.forEach { document in
        // Two rounds of a multiplicative hash: neighbours are often alike.
        var mixed = (UInt64(part) << 32 | UInt64(document)) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
        if UInt32(truncatingIfNeeded: mixed >> 32) <= limit { sample.insert(document) }
      }
      return sample
    }
  }
}
