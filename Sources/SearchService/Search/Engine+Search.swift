// SPDX-License-Identifier: Apache-2.0

public import JSON
public import SearchIndex

/// What a search found, and as what it was understood.
public struct Answer: Sendable {
  /// The collection's own name, aliases resolved.
  public var collection: String
  /// The parameters.
  public var parameters: SearchParameters
  /// What was found.
  public var result: SearchResult

  /// Creates an answer.
  public init(collection: String, parameters: SearchParameters, result: SearchResult) {
    self.collection = collection
    self.parameters = parameters
    self.result = result
  }
}

extension Engine {
  /// Answers one search of parameters by name, as a query string has them.
  ///
  /// A preset's parameters give way to those of the request; those that the grant embeds win over
  /// both, except that filters are joined.
  ///
  /// `window`: The hits to return, where they are not what the parameters' page says.
  ///
  /// - Throws: ``IndexError`` with the parameter and the remedy.
  public func search(
    _ parameters: [String: String],
    _ grant: Grant,
    window: (offset: Int, limit: Int)? = nil
  ) throws -> Answer {
    let parameters = Self.embedding(grant.embedded, into: try withPreset(parameters))
    let collection = try collection(named: parameters["collection"] ?? "")
    var search = try SearchParameters(parameters)
    if let window { (search.request.offset, search.request.limit) = window }
    let details = details(of: collection.name)
    try aids.apply(
      to: &search.request,
      synonymSets: search.usesSynonyms ? details.synonymSets + search.synonymSets : [],
      stopWordSets: search.stopWordSets,
      dictionaries: details.stemmingDictionaries
    )
    return Answer(
      collection: collection.name,
      parameters: search,
      result: try collection.snapshot.search(search.request)
    )
  }

  private func withPreset(_ parameters: [String: String]) throws -> [String: String] {
    guard let name = parameters["preset"], !name.isEmpty else { return parameters }
    guard let preset = settings.value(.preset, name)?["value"]?.object else {
      throw IndexError(.notFound, "Could not find the preset named `\(name)`.")
    }
    var merged = parameters
    for member in preset where parameters[member.key]?.isEmpty ?? true {
      merged[member.key] = Self.text(member.value)
    }
    return merged
  }

  private static func embedding(
    _ embedded: [JSON.Member],
    into parameters: [String: String]
  ) -> [String: String] {
    var merged = parameters
    for member in embedded {
      let value = text(member.value)
      if member.key == "filter_by", let own = parameters["filter_by"], !own.isEmpty {
        merged[member.key] = "(\(own)) && (\(value))"
      } else {
        merged[member.key] = value
      }
    }
    return merged
  }

  /// A parameter's value as a query string would have it.
  public static func text(_ value: JSON) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    case .array(let elements): elements.map(text).joined(separator: ",")
    default: String(decoding: value.serialized(), as: UTF8.self)
    }
  }
}
