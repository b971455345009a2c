// SPDX-License-Identifier: Apache-2.0
//
// A collection of queries has a document for each query that a rule lists, under an id that follows
// from the query; what rules that share a collection have counted is added up. Other documents are left
// alone, and so are other fields of these.

import Behaviour
import JSON
import SearchIndex

extension DestinationRound {
  /// What a document of a query says.
  private struct Entry: Hashable {
    var query: String
    var filter = ""
    var tag = ""

    /// FNV-1a of 64 bits.
    var id: String {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in [query, filter, tag].joined(separator: "\u{1}").utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
      return String(hash)
    }
  }

  /// Documents of a destination that are looked through for those of queries.
  private static let mostLooked = 200_000

  mutating func tellQueries(_ rules: [AnalyticsRule]) {
    var byCollection: [String: [AnalyticsRule]] = [:]
    for rule in rules {
      do {
        let name = try engine.collection(named: rule.destination ?? "").name
        byCollection[name, default: []].append(rule)
      } catch {
        note(rule.name, error)
      }
    }
    for (name, rules) in byCollection.sorted(by: { $0.key < $1.key }) {
      do { try tell(name, rules) } catch { for rule in rules { note(rule.name, error) } }
    }
  }

  private mutating func tell(_ name: String, _ rules: [AnalyticsRule]) throws {
    let collection = try engine.store.collection(named: name)
    let schema = collection.snapshot.schema
    guard schema.field(named: "q")?.type.isText == true,
      schema.field(named: "count")?.type.isNumeric == true
    else {
      throw IndexError(
        .invalid,
        "`\(name)` cannot take queries: it needs a string field `q` and a number field `count`."
      )
    }
    let snapshot = try engine.events.snapshot()
    var counts: [Entry: Double] = [:]
    for rule in rules {
      for total in try snapshot.counts(rule: rule.name) {
        // What the collection has no field for is not told apart.
        let entry = Entry(
          query: total.subject,
          filter: schema.field(named: "filter_by") == nil ? "" : total.filter,
          tag: schema.field(named: "analytics_tag") == nil ? "" : total.tag
        )
        counts[entry, default: 0] += total.count
      }
    }
    let limit = rules.map(\.limit).max() ?? 0
    let best = counts.sorted { ($0.value, $1.key.query) > ($1.value, $0.key.query) }.prefix(limit)
    try replace(best.map { ($0.key, Int64($0.value)) }, in: collection, rules)
  }

  /// Makes the collection's documents of queries the given ones.
  private mutating func replace(
    _ entries: [(entry: Entry, count: Int64)],
    in collection: Collection,
    _ rules: [AnalyticsRule]
  ) throws {
    let snapshot = collection.snapshot
    let key = ObjectIdentifier(collection)
    let old = try state.written[key] ?? written(snapshot)
    var operations: [DocumentOperation] = []
    var ids: Set<String> = []
    for (entry, count) in entries {
      let id = entry.id
      ids.insert(id)
      let known = try snapshot.document(id).map { try JSON(parsing: $0) }
      guard known?["count"]?.int != count || known?["q"]?.string != entry.query else { continue }
      var members: [JSON.Member] = [
        JSON.Member("id", .string(id)), JSON.Member("q", .string(entry.query)),
        JSON.Member("count", .int(count)),
      ]
      for (name, value, isAsked) in [
        ("filter_by", entry.filter, rules.contains(where: \.countsByFilter)),
        ("analytics_tag", entry.tag, rules.contains(where: \.countsByTag)),
      ] where isAsked && snapshot.schema.field(named: name) != nil {
        members.append(JSON.Member(name, .string(value)))
      }
      operations.append(DocumentOperation(.emplace, .object(members)))
    }
    let rule = rules.first?.name ?? ""
    state.counts.queries += try write(operations, to: collection.name, for: rule)
    let gone = old.subtracting(ids).sorted().map {
      DocumentOperation(.delete, ["id": .string($0)])
    }
    state.counts.removedQueries += try write(gone, to: collection.name, for: rule)
    state.written[key] = ids
  }

  /// The documents of queries that were written before the start.
  private func written(_ snapshot: Snapshot) throws -> Set<String> {
    guard snapshot.documentCount <= Self.mostLooked else { return [] }
    var ids: Set<String> = []
    let cursor = try DocumentCursor(snapshot)
    while let bytes = try cursor.next() {
      let document = try JSON(parsing: bytes)
      guard let id = document["id"]?.string, let query = document["q"]?.string else { continue }
      let entry = Entry(
        query: query,
        filter: document["filter_by"]?.string ?? "",
        tag: document["analytics_tag"]?.string ?? ""
      )
      if entry.id == id { ids.insert(id) }
    }
    return ids
  }
}
