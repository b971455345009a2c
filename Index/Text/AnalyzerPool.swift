// SPDX-License-Identifier: Apache-2.0

/// Analyzers kept for reuse: opening ICU's tables takes longer than most searches.
public enum AnalyzerPool {
  private static let idle = ReusePool<Analyzer>(limit: 16)

  /// Lends an analyzer to `body`.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing; what `body` throws.
  public static func withAnalyzer<T>(_ body: (Analyzer) throws -> T) throws -> T {
    try idle.withValue(Analyzer.init, body)
  }
}
