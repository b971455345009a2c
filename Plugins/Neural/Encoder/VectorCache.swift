// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The vectors of texts that were asked for lately, bounded in number.
///
/// Two generations: what is asked for moves to the young one, and when that is full the old one is
/// dropped. So each text that is among the last `capacity / 2` distinct ones is there. Thread-safe.
public final class VectorCache: @unchecked Sendable {
  /// A longer text is not kept: the cache is for queries.
  private static let longestText = 1 << 10

  private let half: Int
  private let lock = NSLock()
  // Both under `lock`.
  private var young: [String: [Float]] = [:]
  private var old: [String: [Float]] = [:]

  /// A cache of at most `capacity` vectors.
  public init(capacity: Int = 4096) { half = max(1, capacity / 2) }

  /// The vector of a text, if it is known.
  public subscript(text: String) -> [Float]? {
    lock.withLock {
      if let vector = young[text] { return vector }
      guard let vector = old[text] else { return nil }
      keep(vector, of: text)
      return vector
    }
  }

  /// Keeps the vector of a text.
  public func insert(_ vector: [Float], of text: String) {
    guard text.utf8.count <= Self.longestText else { return }
    lock.withLock { keep(vector, of: text) }
  }

  /// The number of vectors held.
  public var count: Int { lock.withLock { young.count + old.count } }

  private func keep(_ vector: [Float], of text: String) {
    if young.count >= half { (old, young) = (young, [:]) }
    young[text] = vector
    old[text] = nil
  }
}
