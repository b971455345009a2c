// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import SearchService

/// Counts of values in the wire format.
enum FacetJSON {
  /// Writes the facets of an answer, commas between.
  static func write(_ answer: Answer, to writer: inout JSONWriter) {
    let request = answer.parameters.request
    for (index, facet) in answer.result.facets.enumerated() {
      if index > 0 { writer.append(",") }
      let prefix = request.facetQuery.flatMap { $0.field == facet.field ? $0.prefix : nil }
      write(facet, marked: prefix ?? "", request.highlightTags, to: &writer)
    }
  }

  private static func write(
    _ facet: SearchResult.Facet,
    marked prefix: String,
    _ tags: (String, String),
    to writer: inout JSONWriter
  ) {
    writer.append(#"{"counts":"#)
    writer.writeArray(facet.counts) { writer, entry in
      writer.append(#"{"count":"#)
      writer.write(entry.count)
      writer.append(#","highlighted":"#)
      writer.write(prefix.isEmpty ? entry.value : mark(prefix, in: entry.value, tags))
      if let parent = facet.parents[entry.value] {
        writer.append(#","parent":"#)
        writer.write(parent)
      }
      writer.append(#","value":"#)
      writer.write(entry.value)
      writer.append("}")
    }
    writer.append(#","field_name":"#)
    writer.write(facet.field)
    writer.append(facet.isSampled ? #","sampled":true,"stats":{"# : #","sampled":false,"stats":{"#)
    if let numbers = facet.statistics {
      writer.append(#""avg":"#)
      writer.write(numbers.average)
      writer.append(#","max":"#)
      writer.write(numbers.max)
      writer.append(#","min":"#)
      writer.write(numbers.min)
      writer.append(#","sum":"#)
      writer.write(numbers.sum)
      writer.append(",")
    }
    writer.append(#""total_values":"#)
    writer.write(facet.totalValues)
    writer.append("}}")
  }

  /// A facet's value with the first word that starts with `prefix` marked as far as it does.
  private static func mark(
    _ prefix: String,
    in value: String,
    _ tags: (String, String)
  ) -> String {
    var start = value.startIndex
    while start < value.endIndex {
      if let found = value.range(
        of: prefix,
        options: [.caseInsensitive, .anchored],
        range: start..<value.endIndex
      ) {
        return value[..<found.lowerBound] + tags.0 + value[found] + tags.1
          + value[found.upperBound...]
      }
      start = value[start...].firstIndex(of: " ").map { value.index(after: $0) } ?? value.endIndex
    }
    return value
  }
}
