// SPDX-License-Identifier: Apache-2.0

public import SearchIndex

/// Knows which terms are values of which fields, for placeholders such as `{brand}`.
public protocol FieldValues: Sendable {
  /// The values of a field whose terms stand in `terms` from `position` on.
  ///
  /// - Returns: The number of terms, 1 or more, and the value as it is stored; longest first.
  func runs(
    of field: String,
    in terms: [String],
    at position: Int
  ) -> [(
    length: Int, value: String
  )]
}

/// The values of fields, by their first term.
public struct FieldVocabulary: FieldValues {
  private struct Entry: Sendable {
    let terms: [String]
    let value: String
  }

  private var fields: [String: [String: [Entry]]] = [:]

  /// Creates a vocabulary.
  ///
  /// - Parameters:
  ///   - values: The distinct values of each field that placeholders name, such as those of its
  ///     facet. Of values with the same terms the first counts; those with a backtick, which no
  ///     filter can quote, are left out.
  ///   - analyzer: Cuts values into terms as it does queries.
  public init(_ values: [String: [String]], analyzer: Analyzer) {
    for (field, values) in values {
      var byFirst: [String: [Entry]] = [:]
      var seen: Set<[String]> = []
      for value in values where !value.contains("`") {
        let terms = analyzer.terms(of: value)
        guard let first = terms.first, seen.insert(terms).inserted else { continue }
        byFirst[first, default: []].append(Entry(terms: terms, value: value))
      }
      fields[field] = byFirst.mapValues { $0.sorted { $0.terms.count > $1.terms.count } }
    }
  }

  /// The values of a field whose terms stand in `terms` from `position` on, longest first.
  public func runs(
    of field: String,
    in terms: [String],
    at position: Int
  ) -> [(
    length: Int, value: String
  )] {
    guard position < terms.count, let entries = fields[field]?[terms[position]] else { return [] }
    return entries.compactMap { entry in
      terms[position...].starts(with: entry.terms) ? (entry.terms.count, entry.value) : nil
    }
  }
}
