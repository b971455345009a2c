// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import SearchService

/// Hits in the wire format.
enum HitJSON {
  /// Writes a hit but for the brace at its end, so that more members can follow.
  static func open(
    _ hit: SearchResult.Hit,
    _ search: SearchParameters,
    to writer: inout JSONWriter
  ) {
    writer.append(hit.isPinned ? #"{"curated":true,"document":"# : #"{"document":"#)
    writer.append(json: hit.document)
    writer.append(#","highlight":"#)
    writeHighlight(hit.highlights, to: &writer)
    if search.hasOldHighlights {
      writer.append(#","highlights":"#)
      // The old form has no place for what is inside objects.
      writer.writeArray(hit.highlights.lazy.filter { $0.nested == nil }) { writer, highlight in
        writeOldHighlight(highlight, to: &writer)
      }
    }
    if !hit.distances.isEmpty {
      writer.append(#","geo_distance_meters":"#)
      writer.write(
        .object(hit.distances.map { JSON.Member($0.field, .int(Int64($0.meters))) })
      )
    }
    let match = hit.textMatch
    writer.append(#","text_match":"#)
    writer.write(match.score)
    writer.append(#","text_match_info":{"best_field_score":""#)
    writer.write(match.bestField)
    writer.append(#"","best_field_weight":"#)
    writer.write(match.bestWeight)
    writer.append(#","fields_matched":"#)
    writer.write(match.fields)
    writer.append(#","num_tokens_dropped":"#)
    writer.write(match.missingWords)
    writer.append(#","score":""#)
    writer.write(match.score)
    writer.append(#"","tokens_matched":"#)
    writer.write(match.words)
    writer.append(#","typo_prefix_score":"#)
    writer.write(match.cost)
    writer.append("}")
  }

  /// Writes the form that mirrors the document: field by field, nested objects nested.
  private static func writeHighlight(
    _ highlights: [SearchResult.Highlight],
    to writer: inout JSONWriter
  ) {
    guard !highlights.contains(where: { $0.nested != nil }) else {
      return writer.write(nested(highlights))
    }
    writer.append("{")
    for (index, highlight) in highlights.enumerated() {
      if index > 0 { writer.append(",") }
      writer.write(highlight.field)
      writer.append(":")
      writeParts(of: highlight, to: &writer)
    }
    writer.append("}")
  }

  /// Writes a field's part, or one for each value of an array, also of those that do not match: clients
  /// find them by their place.
  private static func writeParts(of highlight: SearchResult.Highlight, to writer: inout JSONWriter)
  {
    guard let indices = highlight.indices else { return writePart(0, of: highlight, to: &writer) }
    writer.writeArray(highlight.elements.enumerated()) { writer, element in
      if let part = indices.firstIndex(of: element.offset) {
        writePart(part, of: highlight, to: &writer)
      } else {
        writer.append(#"{"matched_tokens":[],"snippet":"#)
        writer.write(element.element)
        writer.append("}")
      }
    }
  }

  private static func writePart(
    _ index: Int,
    of highlight: SearchResult.Highlight,
    to writer: inout JSONWriter
  ) {
    writer.append(#"{"matched_tokens":"#)
    writer.write(highlight.matched[index])
    writer.append(#","snippet":"#)
    writer.write(highlight.snippets[index])
    if let values = highlight.values {
      writer.append(#","value":"#)
      writer.write(values[index])
    }
    writer.append("}")
  }

  private static func nested(_ highlights: [SearchResult.Highlight]) -> JSON {
    var root = JSON.object([])
    for highlight in highlights {
      if let nested = highlight.nested {
        root = root.merging(nested)
      } else {
        var writer = JSONWriter()
        writeParts(of: highlight, to: &writer)
        let parts = (try? JSON(parsing: writer.bytes)) ?? .null
        root = root.merging(.object([JSON.Member(highlight.field, parts)]))
      }
    }
    return root
  }

  private static func writeOldHighlight(
    _ highlight: SearchResult.Highlight,
    to writer: inout JSONWriter
  ) {
    writer.append(#"{"field":"#)
    writer.write(highlight.field)
    if let indices = highlight.indices {
      writer.append(#","indices":"#)
      writer.writeArray(indices) { writer, index in writer.write(index) }
      writer.append(#","matched_tokens":"#)
      writer.writeArray(highlight.matched) { writer, words in writer.write(words) }
      writer.append(#","snippets":"#)
      writer.write(highlight.snippets)
      if let values = highlight.values {
        writer.append(#","values":"#)
        writer.write(values)
      }
    } else {
      writer.append(#","matched_tokens":"#)
      writer.write(highlight.matched.first ?? [])
      writer.append(#","snippet":"#)
      writer.write(highlight.snippets.first ?? "")
      if let value = highlight.values?.first {
        writer.append(#","value":"#)
        writer.write(value)
      }
    }
    writer.append("}")
  }
}

extension JSON {
  /// Both objects in one, those inside them too; arrays element by element.
  fileprivate func merging(_ other: JSON) -> JSON {
    if let mine = array, let theirs = other.array, mine.count == theirs.count {
      return .array(zip(mine, theirs).map { $0.merging($1) })
    }
    guard var members = object, let theirs = other.object else { return other }
    for member in theirs {
      if let place = members.firstIndex(where: { $0.key == member.key }) {
        members[place].value = members[place].value.merging(member.value)
      } else {
        members.append(member)
      }
    }
    return .object(members)
  }
}
