// SPDX-License-Identifier: Apache-2.0
//
// Before sets had names of their own, each collection had its synonyms and rules to itself. Clients that
// still ask so get a set that is named after the collection and linked to it.

import JSON
import Promotions
public import SearchIndex

/// A set that one collection has to itself.
public enum OwnSet: String, CaseIterable, Sendable {
  /// Its synonyms.
  case synonyms = "synonym_sets"
  /// Its curation rules.
  case curations = "curation_sets"

  /// The set's name.
  public func name(in collection: String) -> String {
    switch self {
    case .synonyms: collection + "_synonyms_index"
    case .curations: collection + "_curations_index"
    }
  }
}

extension Engine {
  /// Makes a collection's own set if it is missing, and links it.
  ///
  /// - Returns: The set's name.
  public func ownSet(_ kind: OwnSet, of collection: Collection) throws -> String {
    let set = kind.name(in: collection.name)
    switch kind {
    case .synonyms:
      try settings.update(.synonymSet, set) { value in
        value = value ?? ["items": [], "name": .string(set)]
      }
    case .curations:
      if (try? curation.set(named: set)) == nil {
        try curation.put(CurationSet(json: ["items": []], name: set))
      }
    }
    try settings.update(.collection, collection.name) { stored in
      var details = CollectionDetails(stored: stored)
      let linked = kind == .synonyms ? details.synonymSets : details.curationSets
      guard !linked.contains(set) else { return }
      let names = (linked + [set]).map { JSON.string($0) }
      try details.update(from: .object([JSON.Member(kind.rawValue, .array(names))]))
      stored = details.stored
    }
    return set
  }

  /// Removes the sets that a collection had to itself.
  func removeOwnSets(of name: String) throws {
    try settings.remove(.synonymSet, OwnSet.synonyms.name(in: name))
    let curations = OwnSet.curations.name(in: name)
    if (try? curation.set(named: curations)) != nil { try curation.removeSet(named: curations) }
  }
}
