// SPDX-License-Identifier: Apache-2.0

import Behaviour
import JSON
import Ranking
import SearchIndex

/// Computes a query's candidates and their features as ranking would.
struct TrainingFeatures {
  /// A query's candidates, in the order of relevance.
  struct Candidates {
    var recall: Recall
    var hits: [SearchResult.Hit]
  }

  /// Columns that follow from events; the others are of the collection.
  static let behaviour = [
    "_clicks", "_purchases", "_popularity", "_trend", "_visited_with", "_bought_with",
    "_brand_affinity", "_category_affinity", "_price_affinity",
  ]

  let snapshot: Snapshot
  let collection: String
  let request: SearchRequest
  let columns: [String]

  /// Prepares for the queries of a collection.
  ///
  /// `parameters` are those of a search without the query, `columns` features by name, nil for all that
  /// there are, and `window` the candidates of a query, 1 or more.
  init(
    _ snapshot: Snapshot,
    collection: String,
    parameters: [String: String],
    columns: [String]?,
    window: Int
  ) throws {
    self.snapshot = snapshot
    self.collection = collection
    var parameters = parameters
    parameters["q"] = "*"
    // As `evaluate search` does: a window wants candidates where few documents hold every word.
    parameters["drop_tokens_threshold"] = parameters["drop_tokens_threshold"] ?? "\(window)"
    var request = try SearchParameters(parameters).request
    request.limit = window
    request.offset = 0
    request.highlights = false
    self.request = request
    let fields = request.fields.map(\.name)
    let searched = fields.isEmpty ? snapshot.schema.textFields.map(\.name) : fields
    let numbers = snapshot.schema.columnFields.filter(\.type.isNumeric).map(\.name)
    self.columns =
      columns ?? searched.map { "_bm25." + $0 } + numbers + ["_age_days"] + Self.behaviour
  }

  /// The fields whose text stands for a document: those that are searched.
  var textFields: [String] {
    request.fields.isEmpty ? snapshot.schema.textFields.map(\.name) : request.fields.map(\.name)
  }

  func candidates(_ query: String) throws -> Candidates {
    var request = request
    request.query = query
    let recall = try snapshot.recall(request)
    return Candidates(recall: recall, hits: try snapshot.result(of: recall).hits)
  }

  /// The features of candidates; a column that the collection lacks is left out.
  func features(
    of candidates: Candidates,
    query: String,
    shopper: String,
    behaviour: BehaviourSnapshot
  ) throws -> [(name: String, values: [Double])] {
    let source = SnapshotFeatures(
      snapshot: snapshot,
      behaviour: BehaviourFeatures(
        snapshot: behaviour,
        collection: collection,
        query: query,
        shopper: shopper
      ),
      vectors: nil,
      tastes: TasteFeatures(
        profile: shopper.isEmpty ? nil : try behaviour.shopper(shopper),
        time: Double(behaviour.time)
      ),
      recall: candidates.recall
    )
    let keys = candidates.hits.map { $0.place.key }
    var found: [(name: String, values: [Double])] = [
      ("recall_score", candidates.hits.map { Double($0.score) }),
      ("recall_rank", candidates.hits.indices.map(Double.init)),
    ]
    for name in columns {
      guard
        case .numbers(let values) = source.column(
          FeatureRequest(name: name, kind: .number),
          of: keys
        )
      else { continue }
      found.append((name, values))
    }
    return found
  }

  /// A document's text: its searched fields in order, a full stop between.
  func text(of document: JSON) -> String {
    textFields.flatMap { document[$0]?.texts ?? [] }.filter { !$0.isEmpty }
      .joined(separator: ". ")
  }
}

extension JSON {
  /// The string, or the strings of an array.
  fileprivate var texts: [String] { string.map { [$0] } ?? array?.compactMap(\.string) ?? [] }
}
