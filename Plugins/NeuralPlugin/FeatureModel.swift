// SPDX-License-Identifier: Apache-2.0

import Neural
import RankingPluginKit

/// A ranker over features of the candidates, with the encoder that it may need.
final class FeatureModel: CandidateModel {
  /// Words of the queries that the encoder is warmed up with, from one on.
  private static let warmWords = 48
  private static let typical = "red lamp for the desk"

  private let ranker: Ranker
  private let numbers: [(name: String, column: NumberColumn)]
  private let vectors: VectorColumn?
  private let encoder: SentenceEncoder?
  private let cache = VectorCache()
  private var pace = Pace()

  init(_ directory: ModelDirectory, _ neural: NeuralDirectory, _ host: PluginHost) throws {
    // Opened by the first that needs it: a linear model without `cosine` needs none.
    var opened: InferenceRuntime?
    func runtime() throws(NeuralError) -> InferenceRuntime {
      if let opened { return opened }
      let new = try InferenceRuntime(neural)
      opened = new
      return new
    }
    ranker = try Ranker(directory, runtime: runtime)
    let columns = ranker.assembly.columns
    numbers = try columns.filter { !CandidateColumns.own.contains($0) }
      .map { ($0, try host.numbers($0)) }
    guard columns.contains("cosine") else {
      (vectors, encoder) = (nil, nil)
      return
    }
    guard let model = try neural.model(.encoder) else {
      throw NeuralError("No encoder is in use: see \(neural.activeFile).")
    }
    if let trained = directory.description.encoder, trained != model.description.id {
      throw NeuralError(
        "The ranker `\(directory.description.id)` was trained with the encoder `\(trained)`, and "
          + "`\(model.description.id)` is in use."
      )
    }
    vectors = try host.vectors("_embedding")
    let encoder = try SentenceEncoder(directory: model, runtime: try runtime(), threads: 1)
    self.encoder = encoder
    // The first run of each length costs several times the later ones.
    for words in 1...Self.warmWords {
      _ = try encoder.encode([Array(repeating: "a", count: words).joined(separator: " ")])
    }
    for _ in 0..<4 {
      let started = Pace.now
      _ = try encoder.encode([Self.typical])
      pace.note(Self.size(of: Self.typical), since: started)
    }
  }

  /// The work that a text makes, in tokens: roughly one for four letters, and those that every text
  /// has.
  private static func size(of text: String) -> Int { 4 + min(text.utf8.count, 1024) / 4 }

  /// A query's vector.
  private final class QueryVector {
    let vector: [Float]
    init(_ vector: [Float]) { self.vector = vector }
  }

  func begin(_ query: PluginQuery, _ host: PluginHost) throws -> AnyObject? {
    let text = query.text
    guard let encoder, !text.isEmpty else { return nil }
    if let known = cache[text] {
      host.count("query_vectors_cached")
      return QueryVector(known)
    }
    // Better an order without the cosine than none.
    let size = Self.size(of: text)
    guard pace.allows(size, until: query.deadline) else {
      pace.forget()
      host.count("query_vectors_skipped")
      return nil
    }
    let started = Pace.now
    let vector = try encoder.encode([text])[0]
    pace.note(size, since: started)
    cache.insert(vector, of: text)
    host.count("query_vectors_made")
    return QueryVector(vector)
  }

  func prepare(
    _ query: PluginQuery,
    _ candidates: PluginCandidates
  ) throws -> any CandidateBatch {
    FeatureBatch(ranker: ranker, rows: rows(query, candidates))
  }

  func attributions(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    _ explained: [Int]
  ) throws -> (features: [String], attributions: ScoreAttributions)? {
    let rows = rows(query, candidates)
    let score = { [ranker] (rows: [Float]) throws(NeuralError) in try ranker.scores(rows[...]) }
    let attributions =
      if let weights = ranker.linearWeights {
        try ScoreAttributions(linear: weights, rows: rows, candidates: explained, score: score)
      } else {
        try ScoreAttributions(
          width: ranker.assembly.features.count,
          rows: rows,
          candidates: explained,
          isOver: { query.isOver || Pace.now >= query.deadline },
          score: score
        )
      }
    return (ranker.assembly.features.map(\.description), attributions)
  }

  private func rows(_ query: PluginQuery, _ candidates: PluginCandidates) -> [Float] {
    var columns = CandidateColumns(
      recallScores: Array(candidates.recallScores),
      recallRanks: candidates.recallPositions.map(Double.init),
      queryWords: query.tokens.count
    )
    columns["score"] = Array(candidates.scores)
    for (name, column) in numbers { columns[name] = Array(candidates[column]) }
    if let vectors, let query = (query.state as? QueryVector)?.vector {
      columns["cosine"] = (0..<candidates.count).map { candidate in
        candidates[vectors, candidate].map { Self.product(query, $0) } ?? .nan
      }
    }
    return ranker.assembly.rows(columns)
  }

  /// The product of two vectors; NaN if their lengths differ.
  private static func product(_ a: [Float], _ b: UnsafeBufferPointer<Float>) -> Double {
    guard a.count == b.count else { return .nan }
    return a.withUnsafeBufferPointer { a in
      var sum = SIMD8<Float>()
      let whole = a.count / 8 * 8
      for start in stride(from: 0, to: whole, by: 8) {
        var (x, y) = (SIMD8<Float>(), SIMD8<Float>())
        for lane in 0..<8 {
          x[lane] = a[start + lane]
          y[lane] = b[start + lane]
        }
        sum += x * y
      }
      return Double((whole..<a.count).reduce(sum.sum()) { $0 + a[$1] * b[$1] })
    }
  }
}

/// Rows of features.
private struct FeatureBatch: CandidateBatch {
  let ranker: Ranker
  let rows: [Float]

  func step(_ nanoseconds: Double) -> Int { ranker.step }

  func scores(_ range: Range<Int>) throws -> [Float] {
    let width = ranker.assembly.features.count
    return try ranker.scores(rows[range.lowerBound * width..<range.upperBound * width])
  }
}
