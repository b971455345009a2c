// SPDX-License-Identifier: Apache-2.0

import JSON
import Ranking
import Testing

@Suite("Ranking profiles")
struct ProfileTests {
  @Test("A profile with every field reads back as it was written")
  func roundTrip() throws {
    let json = try JSON(
      parsing: """
        {"name": "shop", "budget_us": 9000, "stages": [{"plugin": "margin", "config": {"a": [1]},
        "budget_us": 3000, "window": 200, "weight": 0.25, "fallback": "discard",
        "isolation": "thread"}, {"plugin": "neural"}]}
        """
    )
    let profile = try RankingProfile(json: json)
    #expect(profile.stages.count == 2)
    #expect(profile.stages[0].weight == 0.25)
    #expect(profile.stages[1].isolation == .process)
    #expect(profile.window == 1000)
    #expect(try RankingProfile(json: profile.json) == profile)
  }

  @Test(
    "A wrong profile is refused with a word on what is wrong",
    arguments: [
      (#"[]"#, "object"), (#"{"name": "a"}"#, "stages"), (#"{"stages": []}"#, "name"),
      (#"{"name": "a", "stages": [{}]}"#, "plugin"),
      (#"{"name": "a", "stages": [], "x": 1}"#, "'x'"),
      (#"{"name": "a", "stages": [{"plugin": "p", "weight": 2}]}"#, "weight"),
      (#"{"name": "a", "stages": [{"plugin": "p", "window": 0}]}"#, "window"),
      (#"{"name": "a", "stages": [{"plugin": "p", "isolation": "vm"}]}"#, "isolation"),
      (#"{"name": "a", "stages": [{"plugin": "p", "config": 1}]}"#, "config"),
    ]
  )
  func refusals(text: String, word: String) throws {
    let json = try JSON(parsing: text)
    let error = #expect(throws: RankingError.self) { try RankingProfile(json: json) }
    #expect(error?.message.contains(word) == true)
  }
}
