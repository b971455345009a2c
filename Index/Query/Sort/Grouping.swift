// SPDX-License-Identifier: Apache-2.0

import JSON

/// Gathers ranked documents by the values of fields.
struct Grouping {
  let snapshot: Snapshot

  /// Groups in the order of their best documents.
  func group(
    _ ranked: [ScoredDocument],
    by fields: [String]
  ) throws(IndexError) -> [(key: [JSON], members: [ScoredDocument])] {
    var columns: [Int] = []
    for name in fields {
      guard let index = snapshot.schema.columnFields.firstIndex(where: { $0.name == name }) else {
        throw IndexError(
          .notFound,
          "Could not find a field named `\(name)` to group by: set `facet` in the schema."
        )
      }
      columns.append(index)
    }
    var groups: [(key: [JSON], members: [ScoredDocument])] = []
    var places: [String: Int] = [:]
    for document in ranked {
      let segment = snapshot.parts[Int(document.segment)].segment
      let key = columns.map { Self.json(segment.columns[$0].value(Int(document.document))) }
      let name = String(decoding: JSON.array(key).serialized(), as: UTF8.self)
      if let place = places[name] {
        groups[place].members.append(document)
      } else {
        places[name] = groups.count
        groups.append((key, [document]))
      }
    }
    return groups
  }

  private static func json(_ value: ColumnValue) -> JSON {
    let all: [JSON] =
      switch value {
      case .integers(let values): values.map { .int($0) }
      case .numbers(let values): values.map { .double($0) }
      case .strings(let values): values.map { .string($0) }
      case .places(let values): values.map { [.double($0.latitude), .double($0.longitude)] }
      }
    return all.count == 1 ? all[0] : .array(all)
  }
}
