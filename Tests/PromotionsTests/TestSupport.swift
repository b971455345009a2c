// SPDX-License-Identifier: Apache-2.0

import JSON
import Promotions
import SearchIndex

/// A rule from its JSON text.
func rule(_ text: String) throws -> CurationRule { try CurationRule(json: JSON(parsing: text)) }

/// An index of one set of rules given as JSON texts.
func index(_ rules: String...) throws -> RuleIndex {
  let set = try CurationSet(name: "set", items: rules.map { try rule($0) })
  return RuleIndex(set, analyzer: try Analyzer())
}

/// The context of a query, changed by `change`.
func search(
  _ query: String,
  at time: Int64 = 1_000,
  _ change: (inout SearchContext) throws -> Void = { _ in }
) throws -> SearchContext {
  var context = SearchContext(query: query, time: time, analyzer: try Analyzer())
  try change(&context)
  return context
}

extension FieldVocabulary {
  init(_ values: [String: [String]]) throws { self.init(values, analyzer: try Analyzer()) }
}
