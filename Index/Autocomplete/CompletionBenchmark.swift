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

  /// Slips of typing allowed.
  public var maximumTypos = 1
  private let index: CompletionIndex
  private let completions: CompletionSnapshot
  private let searcher: CompletionSearcher
  private let limit: Int

  /// Prepares to time an index.
  ///
  /// - Throws: ``IndexError`` if ICU's data is missing.
  public init(_ index: CompletionIndex, limit: Int = 10) throws(IndexError) {
    self.index = index
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

  /// Microseconds from handing over a changed score until a search has returned it, for each entry.
  ///
  /// - Throws: ``IndexError`` if a change cannot be stored or does not show.
  public func updates(_ entries: [CompletionEntry]) throws(IndexError) -> [Double] {
    let live = try LiveCompletions(base: index)
    var times: [Double] = []
    for entry in entries {
      var changed = entry
      changed.score += 1e9
      let started = DispatchTime.now().uptimeNanoseconds
      try live.put([changed])
      let found = searcher.suggest(changed.text, in: live.snapshot, limit: limit)
      times.append(Double(DispatchTime.now().uptimeNanoseconds - started) / 1000)
      guard found.contains(where: { $0.entry.score == changed.score }) else {
        throw IndexError(.corrupt, "The changed completion '\(changed.text)' was not suggested.")
      }
    }
    return times
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
    options.maximumTypos = maximumTypos
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
