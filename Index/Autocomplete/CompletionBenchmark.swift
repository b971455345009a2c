// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Times completion of typed prefixes, one at a time, folding and results included.
public struct CompletionBenchmark {
  /// What is timed.
  public enum Mode: Sendable {
    /// Completions that start with what was typed.
    case prefix
    /// Completions with all words, the last one a beginning.
    case words
    /// Everything, slips of typing last.
    case all
  }

  private let completions: CompletionSnapshot
  private let searcher: CompletionSearcher
  private let limit: Int

  /// Prepares to time an index.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init(_ index: CompletionIndex, limit: Int = 10) throws(IndexError) {
    completions = CompletionSnapshot(index)
    searcher = try CompletionSearcher()
    self.limit = limit
  }

  /// Microseconds of each query: one warm-up, then the best of three passes over all queries.
  public func bestOfThree(_ queries: [String], _ mode: Mode) -> [Double] {
    var best = [Double](repeating: .infinity, count: queries.count)
    for turn in 0..<4 {
      for (place, query) in queries.enumerated() {
        let started = DispatchTime.now().uptimeNanoseconds
        let found = run(query, mode)
        let microseconds = Double(DispatchTime.now().uptimeNanoseconds - started) / 1000
        withExtendedLifetime(found) {}
        if turn > 0 { best[place] = min(best[place], microseconds) }
      }
    }
    return best
  }

  /// The first query whose result is not the reference's; nil if there is none.
  public func firstMismatch(
    _ queries: [String],
    _ mode: Mode,
    _ reference: CompletionReference
  ) -> String? {
    queries.first { query in
      let expected =
        mode == .words
        ? reference.words(query, limit: limit)
        : reference.suggest(query, limit: limit, options: options(mode))
      return run(query, mode).map(\.entry.text) != expected
    }
  }

  private func options(_ mode: Mode) -> CompletionOptions {
    var options = CompletionOptions()
    options.readsOtherLayouts = false
    if mode == .prefix { options.wordsThreshold = 0 }
    return options
  }

  @inline(__always)
  private func run(_ query: String, _ mode: Mode) -> [Completion] {
    mode == .words
      ? searcher.words(query, in: completions, limit: limit)
      : searcher.suggest(query, in: completions, limit: limit, options: options(mode))
  }
}
