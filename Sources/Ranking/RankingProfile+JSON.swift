// SPDX-License-Identifier: Apache-2.0

public import JSON

extension RankingProfile {
  /// Reads a profile: `{"name", "budget_us", "stages": [{"plugin", "config", "budget_us",
  /// "window", "weight", "fallback", "isolation"}]}`; all but `plugin` may be left out.
  ///
  /// - Parameters:
  ///   - json: The profile.
  ///   - name: Its name where the JSON has none.
  /// - Throws: ``RankingError`` if a field is unknown, of another type or out of its range.
  public init(json: JSON, name: String? = nil) throws(RankingError) {
    let fields = try Fields(json, of: "A profile", known: ["name", "budget_us", "stages"])
    guard let name = try fields.string("name") ?? name, !name.isEmpty, name.utf8.count <= 128 else {
      throw RankingError("A profile needs a name of 1 to 128 bytes.")
    }
    guard let stages = json["stages"]?.array, stages.count <= Self.stageLimit else {
      throw RankingError("A profile needs 'stages', a list of at most \(Self.stageLimit).")
    }
    var read: [RankingStage] = []
    for stage in stages { read.append(try RankingStage(json: stage)) }
    self.init(name: name, stages: read)
    budgetMicroseconds =
      try fields.integer("budget_us", in: 1...10_000_000) ?? budgetMicroseconds
  }

  /// The profile as JSON, with every field.
  public var json: JSON {
    [
      "name": .string(name), "budget_us": .int(Int64(budgetMicroseconds)),
      "stages": .array(stages.map(\.json)),
    ]
  }
}

extension RankingStage {
  init(json: JSON) throws(RankingError) {
    let fields = try Fields(
      json,
      of: "A stage",
      known: ["plugin", "config", "budget_us", "window", "weight", "fallback", "isolation"]
    )
    guard let plugin = try fields.string("plugin") else {
      throw RankingError("A stage needs 'plugin', the name of a loaded plugin.")
    }
    self.init(plugin: plugin)
    if let config = json["config"] {
      guard config.object != nil else { throw RankingError("'config' must be an object.") }
      self.config = config
    }
    budgetMicroseconds =
      try fields.integer("budget_us", in: 1...1_000_000) ?? budgetMicroseconds
    window = try fields.integer("window", in: 1...10_000) ?? window
    if let value = json["weight"] {
      guard let number = value.double, number > 0, number <= 1 else {
        throw RankingError("'weight' must be above 0 and at most 1.")
      }
      weight = number
    }
    fallback = try fields.choice("fallback", StageFallback.self) ?? fallback
    isolation = try fields.choice("isolation", StageIsolation.self) ?? isolation
  }

  var json: JSON {
    [
      "plugin": .string(plugin), "config": config, "budget_us": .int(Int64(budgetMicroseconds)),
      "window": .int(Int64(window)), "weight": .double(weight),
      "fallback": .string(fallback.rawValue), "isolation": .string(isolation.rawValue),
    ]
  }
}

/// An object's fields, read with errors that name them.
private struct Fields {
  let json: JSON

  init(_ json: JSON, of owner: String, known: Set<String>) throws(RankingError) {
    guard let members = json.object else { throw RankingError("\(owner) must be an object.") }
    if let unknown = members.first(where: { !known.contains($0.key) }) {
      let list = known.sorted().joined(separator: ", ")
      throw RankingError("\(owner) has no field '\(unknown.key)'. Its fields are \(list).")
    }
    self.json = json
  }

  func string(_ key: String) throws(RankingError) -> String? {
    guard let value = json[key] else { return nil }
    guard let text = value.string else { throw RankingError("'\(key)' must be a string.") }
    return text
  }

  func integer(_ key: String, in range: ClosedRange<Int64>) throws(RankingError) -> Int? {
    guard let value = json[key] else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw RankingError(
        "'\(key)' must be a whole number from \(range.lowerBound) to \(range.upperBound)."
      )
    }
    return Int(number)
  }

  func choice<Choice: RawRepresentable<String>>(
    _ key: String,
    _: Choice.Type
  ) throws(RankingError) -> Choice? {
    guard let text = try string(key) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw RankingError("'\(key)' cannot be '\(text)'.")
    }
    return choice
  }
}
