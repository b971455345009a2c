// SPDX-License-Identifier: Apache-2.0
//
// Synonym sets are named lists of items with ids.

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// A kind of named sets of items.
struct ItemSets: Sendable {
  /// The first part of the path, also the resource of the actions.
  let resource: String
  let kind: SettingsStore.Kind
  /// What one item is called in summaries.
  let noun: String
  let example: JSON
  /// Checks an item and returns it as it is stored; throws ``IndexError`` with the remedy.
  let check: @Sendable (JSON, _ id: String) throws -> JSON

  private func missing() -> IndexError { IndexError(.notFound, "Not Found") }

  private func items(_ set: JSON?) throws -> [JSON] {
    guard let items = set?["items"]?.array else { throw missing() }
    return items
  }

  private func checked(_ body: JSON) throws -> [JSON] {
    guard let items = body["items"]?.array else {
      throw IndexError(.invalid, "A set needs `items`, an array of objects.")
    }
    var ids: Set<String> = []
    return try items.map { item in
      guard let id = item["id"]?.string, !id.isEmpty else {
        throw IndexError(.invalid, "Every item needs an `id`, a string.")
      }
      guard ids.insert(id).inserted else {
        throw IndexError(.invalid, "The id `\(id)` is given twice.")
      }
      return try check(item, id)
    }
  }

  private static func set(_ name: String, _ items: [JSON]) -> JSON {
    ["items": .array(items), "name": .string(name)]
  }

  /// Routes for whole sets.
  var setRoutes: [Route] {
    [
      Route("GET", "/\(resource)", "\(resource):list", "Lists the sets of \(noun)s.") { call in
        .json(try call.page(call.engine.settings.all(kind).map(\.value)))
      },
      Route("GET", "/\(resource)/:set", "\(resource):get", "Reads a set.") { call in
        guard let set = call.engine.settings.value(kind, call["set"]) else { throw missing() }
        return .json(set)
      },
      Route(
        "PUT",
        "/\(resource)/:set",
        "\(resource):create",
        "Makes or replaces a set.",
        example: ["items": [example]]
      ) { call in
        let set = Self.set(call["set"], try checked(try call.body()))
        try call.engine.settings.set(kind, call["set"], set)
        return .json(set)
      },
      Route("DELETE", "/\(resource)/:set", "\(resource):delete", "Removes a set.") { call in
        guard try call.engine.settings.remove(kind, call["set"]) != nil else { throw missing() }
        return .json(["name": .string(call["set"])])
      },
    ]
  }

  /// Routes for the items of a set.
  var itemRoutes: [Route] {
    let path = "/\(resource)/:set/items"
    let action = "\(resource)/items"
    return [
      Route(
        "GET",
        path,
        "\(action):list",
        "Lists a set's \(noun)s.",
        query: ["limit", "offset"]
      ) { call in
        .json(try call.page(try items(call.engine.settings.value(kind, call["set"]))))
      },
      Route("GET", path + "/:id", "\(action):get", "Reads one \(noun).") { call in
        let items = try items(call.engine.settings.value(kind, call["set"]))
        guard let item = items.first(where: { $0["id"]?.string == call["id"] }) else {
          throw missing()
        }
        return .json(item)
      },
      Route(
        "PUT",
        path + "/:id",
        "\(action):create",
        "Makes or replaces one \(noun).",
        example: example
      ) { call in
        .json(try put(try call.body(), id: call["id"], in: call["set"], call.engine))
      },
      Route("DELETE", path + "/:id", "\(action):delete", "Removes one \(noun).") { call in
        .json(try remove(call["id"], from: call["set"], call.engine))
      },
    ]
  }

  /// Makes or replaces an item of a set that is there.
  ///
  /// - Returns: The item as it is stored.
  func put(_ body: JSON, id: String, in set: String, _ engine: Engine) throws -> JSON {
    let item = try check(body, id)
    try engine.settings.update(kind, set) { value in
      var items = try items(value)
      if let place = items.firstIndex(where: { $0["id"]?.string == id }) {
        items[place] = item
      } else {
        items.append(item)
      }
      value = Self.set(set, items)
    }
    return item
  }

  /// Removes an item of a set; tells its id.
  func remove(_ id: String, from set: String, _ engine: Engine) throws -> JSON {
    try engine.settings.update(kind, set) { value in
      let items = try items(value)
      let rest = items.filter { $0["id"]?.string != id }
      guard rest.count < items.count else { throw missing() }
      value = Self.set(set, rest)
    }
    return ["id": .string(id)]
  }
}
