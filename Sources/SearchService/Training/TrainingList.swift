// SPDX-License-Identifier: Apache-2.0

import JSON

/// What is known of some products' relevance to one query: judgments, or what one shopper did with
/// the results of one search.
struct TrainingList {
  /// A product's label.
  struct Label {
    /// The judged grade; or, from events, 0 shown, 1 clicked, 2 put into a cart, 3 bought.
    var grade: Int
    /// Where it was shown, from 1; nil for a judgment.
    var position: Int?
  }

  /// The query.
  var query: String
  /// Labels by document id.
  var labels: [String: Label]
  /// The shopper's id; empty if unknown.
  var shopper = ""
  /// When the search was, in milliseconds since 1970; nil for judgments.
  var time: Int64?

  /// The list as a line of the export: `ids` are the candidates in the order of relevance, `features`
  /// columns over them, NaN where a value is missing.
  func json(ids: [String], features: [(name: String, values: [Double])]) -> JSON {
    let candidates = Set(ids)
    let others = labels.filter { !candidates.contains($0.key) }.map(\.value.grade)
    var members = [
      JSON.Member("query", .string(query)),
      JSON.Member("source", .string(time == nil ? "judgments" : "events")),
    ]
    if let time { members.append(JSON.Member("time", .int(time))) }
    members.append(JSON.Member("ids", .array(ids.map { .string($0) })))
    members.append(
      JSON.Member(
        "grades",
        .array(ids.map { id in labels[id].map { .int(Int64($0.grade)) } ?? .null })
      )
    )
    if time != nil {
      let positions = ids.map { id in labels[id]?.position.map { JSON.int(Int64($0)) } ?? .null }
      members.append(JSON.Member("positions", .array(positions)))
    }
    let sorted = others.sorted(by: >).map { JSON.int(Int64($0)) }
    members.append(JSON.Member("other_grades", .array(sorted)))
    let columns = features.map { name, values in
      JSON.Member(name, .array(values.map { $0.isFinite ? .double($0) : .null }))
    }
    members.append(JSON.Member("features", .object(columns)))
    return .object(members)
  }
}
