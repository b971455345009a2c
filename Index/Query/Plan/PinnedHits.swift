// SPDX-License-Identifier: Apache-2.0

/// Documents that stand at places of their own among the hits, whether they match or not.
struct PinnedHits {
  private var pins: [(position: Int, document: ScoredDocument)] = []

  /// Finds the pinned documents of a request; ids that are unknown, hidden or, where the request
  /// says so, outside its filter are left out.
  init(_ request: SearchRequest, _ snapshot: Snapshot) throws {
    guard !request.pinned.isEmpty else { return }
    let isFiltered = request.filtersPinned && !request.filter.allSatisfy(\.isWhitespace)
    let filter = isFiltered ? try FilterParser.parse(request.filter, schema: snapshot.schema) : nil
    let hidden = Set(request.hiddenIDs)
    var seen: Set<String> = []
    for pin in request.pinned where !hidden.contains(pin.id) && seen.insert(pin.id).inserted {
      guard let (part, document) = snapshot.locate(pin.id) else { continue }
      if let filter {
        let evaluator = FilterEvaluator(
          segment: snapshot.parts[part].segment,
          schema: snapshot.schema,
          analyzer: try Analyzer()
        )
        guard try evaluator.evaluate(filter).contains(document) else { continue }
      }
      pins.append(
        (
          pin.position,
          ScoredDocument(score: 0, segment: Int32(part), document: UInt32(document))
        )
      )
    }
    pins.sort { $0.position < $1.position }
  }

  var isEmpty: Bool { pins.isEmpty }

  /// Makes the pinned documents count as matches.
  func add(to documents: inout [Bitset]) {
    for (_, pin) in pins { documents[Int(pin.segment)].insert(Int(pin.document)) }
  }

  /// Takes the pinned documents out of what is ranked.
  func remove(from documents: inout [Bitset]) {
    for (_, pin) in pins { documents[Int(pin.segment)].remove(Int(pin.document)) }
  }

  /// Whether a document is pinned.
  func contains(_ document: ScoredDocument) -> Bool {
    pins.contains {
      $0.document.segment == document.segment && $0.document.document == document.document
    }
  }

  /// The first `limit` hits: ranked documents with the pinned ones at their positions, or at the end
  /// where there are fewer hits than that.
  func merged(_ ranked: [ScoredDocument], limit: Int) -> [ScoredDocument] {
    guard !pins.isEmpty else { return ranked }
    var hits: [ScoredDocument] = []
    var rest = ranked[...]
    var next = pins[...]
    while hits.count < limit {
      if let pin = next.first, pin.position <= hits.count + 1 || rest.isEmpty {
        hits.append(pin.document)
        next = next.dropFirst()
      } else if let document = rest.popFirst() {
        hits.append(document)
      } else {
        break
      }
    }
    return hits
  }
}
