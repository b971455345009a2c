// SPDX-License-Identifier: Apache-2.0

import JSON

/// Gathers ranked documents by the values of fields.
struct Grouping {
  let snapshot: Snapshot

  typealias Group = (key: [JSON], members: [ScoredDocument])

  /// Groups in the order of their best documents, or of their sizes if the order says so.
  func group(
    _ ranked: [ScoredDocument],
    _ request: SearchRequest,
    order: SortOrder
  ) throws(IndexError) -> [Group] {
    let groups = try group(ranked, by: request.groupBy, gathersMissing: request.groupsMissing)
    guard let key = order.keys.first(where: { $0.value == .groupSize }) else { return groups }
    // Equal sizes stay in order.
    return groups.enumerated().sorted { a, b in
      let sizes = (a.element.members.count, b.element.members.count)
      guard sizes.0 != sizes.1 else { return a.offset < b.offset }
      return key.isAscending ? sizes.0 < sizes.1 : sizes.0 > sizes.1
    }
    .map(\.element)
  }

  private func group(
    _ ranked: [ScoredDocument],
    by fields: [String],
    gathersMissing: Bool
  ) throws(IndexError) -> [Group] {
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
    var groups: [Group] = []
    var places: [String: Int] = [:]
    for document in ranked {
      let segment = snapshot.parts[Int(document.segment)].segment
      let key = columns.map { Self.json(segment.columns[$0].value(Int(document.document))) }
      let name = String(decoding: JSON.array(key).serialized(), as: UTF8.self)
      if !gathersMissing, key.contains([]) {
        groups.append((key, [document]))
      } else if let place = places[name] {
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
