// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Analyzers kept for reuse: opening ICU's tables takes longer than most searches.
public enum AnalyzerPool {
  /// Analyzers kept at most.
  private static let limit = 16
  private static let idle = Mutex<[Lent]>([])

  /// An analyzer passes between threads only through the pool, one at a time.
  private struct Lent: @unchecked Sendable {
    let analyzer: Analyzer
  }

  /// Lends an analyzer to `body`.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing; what `body` throws.
  public static func withAnalyzer<T>(_ body: (Analyzer) throws -> T) throws -> T {
    let lent = try idle.withLock { $0.popLast() } ?? Lent(analyzer: Analyzer())
    defer { idle.withLock { if $0.count < limit { $0.append(lent) } } }
    return try body(lent.analyzer)
  }
}
