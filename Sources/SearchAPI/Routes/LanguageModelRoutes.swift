// SPDX-License-Identifier: Apache-2.0
//
// Queries are never sent to a language model of somebody else's. What is configured of such models is
// kept for clients that set them up, without the keys to them.

import Foundation
import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Language models that clients set up; they have no effect.
extension SearchAPI {
  static let languageModelRoutes =
    languageModels(at: "/nl_search_models", "nl_search_models", .languageModel)
    + languageModels(at: "/conversations/models", "conversations/models", .conversationModel)

  private static func languageModels(
    at path: String,
    _ resource: String,
    _ kind: SettingsStore.Kind
  ) -> [Route] {
    [
      Route("GET", path, resource + ":list", "Lists the language models; none is used.") {
        .json(.array($0.engine.settings.all(kind).map(\.value)))
      },
      Route("GET", path + "/:id", resource + ":get", "Reads a language model.") {
        .json(try $0.languageModel(kind))
      },
      Route(
        "POST",
        path,
        resource + ":create",
        "Keeps the description of a language model, which is not used.",
        example: ["id": "gemini", "model_name": "google/gemini-2.5-flash", "api_key": "secret"]
      ) { call in
        let given = try call.members()
        let id = given.last { $0.key == "id" }?.value ?? .string(UUID().uuidString.lowercased())
        return .json(try call.keep(given, as: id, kind, replacing: nil))
      },
      Route(
        "PUT",
        path + "/:id",
        resource + ":update",
        "Changes the given members of a language model.",
        example: ["system_prompt": "Answer in French."]
      ) { call in
        let given = try call.members()
        let old = try call.languageModel(kind).object ?? []
        let kept = old.filter { member in !given.contains { $0.key == member.key } }
        let id = given.last { $0.key == "id" }?.value ?? .string(call["id"])
        return .json(try call.keep(kept + given, as: id, kind, replacing: call["id"]))
      },
      Route("DELETE", path + "/:id", resource + ":delete", "Removes a language model.") {
        let model = try $0.languageModel(kind)
        try $0.engine.settings.remove(kind, $0["id"])
        return .json(model)
      },
    ]
  }
}

extension Call {
  fileprivate func languageModel(_ kind: SettingsStore.Kind) throws -> JSON {
    guard let model = engine.settings.value(kind, self["id"]) else {
      throw IndexError(.notFound, "Model not found")
    }
    return model
  }

  fileprivate func members() throws -> [JSON.Member] {
    guard let members = try body().object else {
      throw IndexError(.invalid, "Bad JSON: send an object that describes a model.")
    }
    return members
  }

  /// Stores a model under an id.
  ///
  /// `old`: The id that it had; nil for a new model.
  fileprivate func keep(
    _ members: [JSON.Member],
    as id: JSON,
    _ kind: SettingsStore.Kind,
    replacing old: String?
  ) throws -> JSON {
    let model = JSON.object(members)
    guard let id = id.string, model["model_name"]?.string?.isEmpty == false else {
      throw IndexError(.invalid, "A model needs a `model_name`, and its `id` must be a string.")
    }
    guard id == old || engine.settings.value(kind, id) == nil else {
      throw IndexError(.alreadyExists, "A model with id `\(id)` already exists.")
    }
    var kept = members.filter { $0.key != "id" }
    for index in kept.indices where kept[index].key.hasSuffix("api_key") {
      kept[index].value = .string(Self.masked(kept[index].value.string ?? ""))
    }
    let isConversation = kind == .conversationModel
    let defaults: [(String, JSON)] = [("system_prompt", ""), ("max_bytes", 16_000)]
    for (name, value) in defaults + (isConversation ? [("ttl", 86_400)] : [])
    where model[name] == nil {
      kept.append(JSON.Member(name, value))
    }
    let stored = JSON.object([JSON.Member("id", .string(id))] + kept)
    try engine.settings.set(kind, id, stored)
    if let old, old != id { try engine.settings.remove(kind, old) }
    return stored
  }

  /// The start of a key, enough to tell which it is.
  private static func masked(_ key: String) -> String {
    key.hasSuffix("***") ? key : String(key.prefix(5)) + "***"
  }
}
