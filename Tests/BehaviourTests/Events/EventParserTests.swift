// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

@testable import Behaviour

struct EventParserTests {
  private let defaults = EventDefaults(now: 1_780_000_000_000)

  private func parse(_ text: String, _ defaults: EventDefaults? = nil) throws -> Event {
    try Array(text.utf8).withUnsafeBufferPointer {
      try EventParser().parse($0, defaults ?? self.defaults)
    }
  }

  @Test func readsTypesenseEvents() throws {
    let event = try parse(
      """
      {"name":"clicks","event_type":"click","data":{"user_id":"u1","doc_id":"p9","q":"Red  Lamp",
       "position":3,"query_id":"abc"}}
      """
    )
    var expected = Event.of(.click, "p9", by: "u1", at: defaults.now, query: "red lamp")
    expected.name = "clicks"
    expected.position = 3
    expected.queryID = "abc"
    #expect(event == expected)
  }

  @Test func readsSeveralProductsOfAnOrder() throws {
    let event = try parse(
      """
      {"event_type":"purchase","event_id":"e1","timestamp":1700000000,"data":{"user_id":7,
       "items":[{"doc_id":"a","price":9.5,"quantity":2},{"doc_id":"b"}]}}
      """
    )
    #expect(event.items == [Event.Item("a", price: 9.5, quantity: 2), Event.Item("b")])
    #expect(event.shopper == "7" && event.id == "e1")
    #expect(event.time == 1_700_000_000_000 && event.hasOwnTime)
  }

  @Test func readsUserBehaviorInsights() throws {
    let click = try parse(
      """
      {"application":"shop","action_name":"click_through","query_id":"00112233","client_id":"c1",
       "session_id":"s1","user_id":null,"timestamp":"2018-11-13T20:20:39+01:00",
       "event_attributes":{"object":{"object_id":"XYZ-12345","name":"lamp","type":"x"},
        "position":{"ordinal":24}}}
      """
    )
    #expect(click.kind == .click && click.shopper == "c1" && click.session == "s1")
    #expect(click.items == [Event.Item("XYZ-12345")] && click.position == 24 && click.name.isEmpty)
    #expect(click.time == 1_542_136_839_000)
    let query = try parse(
      """
      {"query_id":"q1","client_id":"c1","user_query":"Lamp","query_response_hit_ids":["1","2"]}
      """
    )
    #expect(query.kind == .search && query.query == "lamp" && query.hasResults)
    #expect(query.items.map(\.product) == ["1", "2"])
  }

  @Test func unknownTypesAreCustom() throws {
    let event = try parse(
      #"{"name":"log","event_type":"query","data":{"user_id":"u","doc_id":"1"}}"#
    )
    #expect(event.kind == .custom && event.name == "log")
    #expect(try parse(#"{"event_type":"wishlist","user_id":"u"}"#).name == "wishlist")
  }

  @Test func takesFromTheRequestWhatIsMissing() throws {
    let defaults = EventDefaults(now: 5, shopper: "10.0.0.1", collection: "shop", agent: "Lynx")
    let event = try parse(#"{"type":"view","product":"1"}"#, defaults)
    #expect(event.shopper == "10.0.0.1" && event.collection == "shop" && event.agent == "Lynx")
  }

  @Test(arguments: [
    ("[1]", EventProblem.Reason.badJSON), ("{", .badJSON), ("{}", .missingType),
    (#"{"type":"view","product":"1"}"#, .missingShopper),
    (#"{"type":"view","user_id":"u"}"#, .missingProduct),
    (#"{"type":"purchase","user_id":"u","items":[{"price":3}]}"#, .missingProduct),
    (#"{"type":"search","user_id":"u"}"#, .missingQuery),
    (#"{"type":"search","user_id":"u","q":5}"#, .badField),
    (#"{"type":"view","user_id":"u","product":"1","position":0}"#, .badField),
    (#"{"type":"view","user_id":"u","product":"1","price":-1}"#, .badField),
    (#"{"type":"view","user_id":"u","product":"1","quantity":0}"#, .badField),
    (#"{"type":"view","user_id":"u","product":"1","timestamp":"noon"}"#, .badField),
    (#"{"type":"view","user_id":"u","product":"1","timestamp":1e300}"#, .badField),
    (#"{"type":"view","user_id":"u\u0000","product":"1"}"#, .badField),
    (#"{"type":"view","user_id":{},"product":"1"}"#, .badField),
    (
      #"{"type":"view","user_id":"u","product":""# + String(repeating: "x", count: 257) + #""}"#,
      .tooLong
    ),
  ])
  func refusesWithTheReason(_ text: String, _ reason: EventProblem.Reason) throws {
    let problem = #expect(throws: EventProblem.self) { try parse(text) }
    #expect(problem?.reason == reason, "\(text)")
  }

  @Test func readsBodiesOfOneManyAndLines() throws {
    let one = #"{"type":"view","user_id":"u","product":"1"}"#
    let parser = try EventParser()
    for (body, expected) in [
      (one, 1), ("[\(one),\(one),{}]", 3), ("\(one)\n\n\(one)\nnonsense\n", 3), ("[]", 0), ("", 0),
    ] {
      let results = Array(body.utf8).withUnsafeBufferPointer { parser.parse(body: $0, defaults) }
      #expect(results.count == expected, "\(body)")
    }
  }

  /// Whatever is sent is an event or a problem, and what is an event can be recorded.
  @Test func anyBytesAreAnEventOrAProblem() throws {
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SeededRandom(seed: seed)
    let samples = [
      #"{"event_type":"click","timestamp":1780000000,"data":{"user_id":"u","doc_id":"1","position":2}}"#,
      #"{"action_name":"purchase","client_id":"c","timestamp":"2026-05-01T00:00:00Z","#
        + #""event_attributes":{"object":{"object_id":"1"},"position":{"ordinal":3},"price":1e3}}"#,
      #"{"type":"search","user_id":"u","q":"Ünïcode lamp","hit_ids":["1",2,{"doc_id":"3"}]}"#,
    ].map { Array($0.utf8) }
    let parser = try EventParser()
    try withStore(TestClock(defaults.now)) { store in
      var (events, problems) = ([Event](), 0)
      for _ in 0..<2000 {
        var bytes = samples.randomElement(using: &random) ?? []
        for _ in 0...Int.random(in: 0..<2, using: &random) {
          let index = Int.random(in: bytes.indices, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
          case 1: bytes.remove(at: index)
          default: bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: index)
          }
        }
        for result in bytes.withUnsafeBufferPointer({ parser.parse(body: $0, defaults) }) {
          switch result {
          case .success(let event): events.append(event)
          case .failure: problems += 1
          }
        }
      }
      #expect(!events.isEmpty && problems > 0, "seed \(seed)")
      let outcomes = try store.record(events)
      #expect(outcomes.count == events.count, "seed \(seed)")
    }
  }

  @Test func writesWhatItReads() throws {
    var random = SeededRandom(seed: 7)
    for kind in Event.Kind.allCases {
      var event = Event(kind, shopper: "u", time: 1_780_000_000_123)
      event.hasOwnTime = true
      event.id = "e"
      event.session = "s"
      event.collection = "c"
      event.items = [Event.Item("1"), Event.Item("2")]
      event.query = "red lamp"
      event.queryID = "q"
      event.position = 4
      event.category = "Lamps"
      event.brand = "Norvik"
      event.hasResults = kind == .search
      if kind == .custom { event.name = "wishlist" }
      if kind != .search { event.items[0].price = Float.random(in: 1...99, using: &random) }
      if kind == .purchase { event.items[1].quantity = 3 }
      let bytes = event.json.serialized()
      let read = try bytes.withUnsafeBufferPointer { try EventParser().parse($0, defaults) }
      #expect(read == event)
    }
  }
}
