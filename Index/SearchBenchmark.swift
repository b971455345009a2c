// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Times the top-10 evaluation alone: words looked up, ranges pruned, no counts, no documents.
public struct SearchBenchmark {
  private let snapshot: Snapshot
  private let queries: [(text: String, words: [[UInt8]])]
  private let mode: TopKEvaluator.Mode

  /// Prepares queries; their words are found before any is timed.
  ///
  /// `all`: Whether every word must match, rather than one.
  public init(snapshot: Snapshot, queries: [String], all: Bool) throws {
    self.snapshot = snapshot
    mode = all ? .all : .any
    let analyzer = try Analyzer()
    self.queries = queries.map {
      ($0, ParsedQuery($0, analyzer: analyzer, stopWords: []).words)
    }.filter { !$0.1.isEmpty }
  }

  /// Microseconds of each query: one warm-up, then the best of three.
  public func bestOfThree() -> [Double] {
    var best = [Double](repeating: .infinity, count: queries.count)
    for turn in 0..<4 {
      for (index, query) in queries.enumerated() {
        let started = DispatchTime.now().uptimeNanoseconds
        let top = evaluate(query.words, exhaustive: false)
        let microseconds = Double(DispatchTime.now().uptimeNanoseconds - started) / 1000
        withExtendedLifetime(top) {}
        if turn > 0 { best[index] = min(best[index], microseconds) }
      }
    }
    return best
  }

  /// The queries whose pruned result is not that of scoring every document.
  public func mismatches() -> [String] {
    queries.filter {
      evaluate($0.words, exhaustive: false) != evaluate($0.words, exhaustive: true)
    }.map(\.text)
  }

  private func evaluate(_ words: [[UInt8]], exhaustive: Bool) -> [ScoredDocument] {
    let entries = words.map { word in snapshot.parts.map { $0.segment.dictionary.lookUp(word) } }
    let scales = entries.map { entries in
      TermGroup.inverseDocumentFrequency(
        documents: snapshot.indexedCount,
        containing: entries.reduce(0) { $0 + Int($1?.documentFrequency ?? 0) }
      ) * (FieldLengths.k1 + 1)
    }
    var heap = TopHeap(capacity: 10)
    for (index, part) in snapshot.parts.enumerated() {
      let groups = zip(entries, scales).map { entries, scale in
        group(entries[index], scale, part)
      }
      _ = TopKEvaluator.evaluate(
        groups,
        mode: mode,
        fields: snapshot.fields(of: part),
        segment: Int32(index),
        mask: nil,
        exhaustive: exhaustive,
        heap: &heap
      )
    }
    return heap.sorted()
  }

  private func group(
    _ entry: TermDictionary.Entry?,
    _ scale: Float,
    _ part: Snapshot.Part
  ) -> TermGroup {
    guard let entry, let lists = try? part.segment.lists(entry) else {
      return TermGroup(alternatives: [])
    }
    return TermGroup(alternatives: [
      TermGroup.Alternative(scale: scale, lists: lists.map { ($0, 1) })
    ])
  }
}
