// SPDX-License-Identifier: Apache-2.0

import Ranking
import SearchIndex

/// Gives ranking stages the columns of a collection, and what shoppers did with its products.
struct SnapshotFeatures: FeatureSource {
  let snapshot: Snapshot
  /// What is known of products' past; asked for names that start with an underscore.
  let behaviour: BehaviourFeatures?
  /// What vectors the documents have.
  var vectors: VectorColumns?
  /// How products suit the shopper, and how old they are; asked for such names too.
  var tastes: TasteFeatures?
  /// The query's candidates; `_bm25.FIELD` is that field's part in their relevance.
  var recall: Recall?

  private static let fieldScores = "_bm25."

  /// Candidates by their ``ScoredDocument/key``.
  private func documents(_ keys: [UInt64]) -> [ScoredDocument] {
    keys.map { key in
      ScoredDocument(
        score: 0,
        segment: Int32(truncatingIfNeeded: key >> 32),
        document: UInt32(truncatingIfNeeded: key)
      )
    }
  }

  func identifiers(of keys: [UInt64]) -> TextColumn {
    TextColumn(snapshot.ids(of: documents(keys)))
  }

  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn? {
    let documents = documents(keys)
    if request.kind == .number, request.name.hasPrefix("_") {
      if let recall, request.name.hasPrefix(Self.fieldScores) {
        let field = String(request.name.dropFirst(Self.fieldScores.count))
        return snapshot.fieldScores(field, of: documents, in: recall).map { .numbers($0) }
      }
      let numbers =
        tastes?.numbers(request.name, of: documents, in: snapshot)
        ?? behaviour?.numbers(request.name, ids: snapshot.ids(of: documents))
      return numbers.map { .numbers($0) }
    }
    switch request.kind {
    case .number:
      return snapshot.numbers(request.name, of: documents).map { .numbers($0) }
    case .string:
      return snapshot.strings(request.name, of: documents).map {
        .strings(TextColumn($0.map { $0.isEmpty ? nil : $0 }))
      }
    case .strings:
      guard let all = snapshot.allStrings(request.name, of: documents) else { return nil }
      var starts = [0]
      for strings in all { starts.append(starts[starts.count - 1] + strings.count) }
      return .lists(starts: starts, TextColumn(all.flatMap { $0 }))
    case .vector: return vectors?.column(request.name, ids: snapshot.ids(of: documents))
    }
  }
}
