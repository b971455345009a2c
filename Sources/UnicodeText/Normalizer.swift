// SPDX-License-Identifier: Apache-2.0

import CICU

/// One of Unicode's normalization forms, computed by ICU.
public struct Normalizer: @unchecked Sendable {
  private let form: OpaquePointer

  private init?(_ form: OpaquePointer?) {
    guard let form else { return nil }
    self.form = form
  }

  /// Canonical decomposition (NFD); nil if ICU's tables are missing.
  public static var decomposition: Normalizer? { Normalizer(martlet_nfd()) }

  /// The normal form of UTF-16 text; the text itself if ICU fails.
  public func normalize(_ text: [UInt16]) -> [UInt16] { Self.normalize(text, form) }

  static func normalize(_ text: [UInt16], _ form: OpaquePointer) -> [UInt16] {
    var capacity = text.count * 3 + 16
    for _ in 0..<2 {
      var needed: Int32 = 0
      let result = [UInt16](unsafeUninitializedCapacity: capacity) { buffer, count in
        needed = martlet_normalize(
          form,
          text,
          Int32(text.count),
          buffer.baseAddress,
          Int32(buffer.count)
        )
        count = needed >= 0 && Int(needed) <= buffer.count ? Int(needed) : 0
      }
      guard needed >= 0 else { return text }
      if Int(needed) <= capacity { return result }
      capacity = Int(needed)
    }
    return text
  }
}
