// SPDX-License-Identifier: Apache-2.0

import SearchIndex
import TestSupport
import Testing

@testable import Promotions

struct FilterConditionTests {
  private func implies(_ search: String, _ rule: String) throws -> Bool {
    var budget = ImplicationBudget()
    return try FilterCondition(parsing: search).implies(FilterCondition(parsing: rule), &budget)
  }

  @Test(arguments: [
    ("brand:=Acme", "brand:=acme"),
    ("price:<10 && brand:=A", "brand:=A"),
    ("(title:hold) && (country: AU)", "country:AU"),
    ("brand:=A", "brand:=[A, B]"),
    ("brand:=[B,A]", "brand:=[A, `B`, C]"),
    ("brand:=A || brand:=B", "brand:=[A,B]"),
    ("brand:=A", "brand:=A || price:<3"),
    ("brand:=`Acme Tools`", "brand:acme"),
    ("brand:=Acme Tools", "brand:acme tools"),
    ("brand:=Sony", "brand:=So*"),
    ("price:5", "price:<10"),
    ("price:[2..5]", "price:[1..5]"),
    ("price:>=3 && price:<=9", "price:>2"),
    ("price:=10", "price:10.0"),
    ("brand:!=[A,B]", "brand:!=A"),
    ("!(price:>5)", "!(price:>6)"),
    ("a:=1 && (b:=2 && c:=3)", "c:=3 && a:=1"),
    ("loc:(48.9, 2.3, 5 km)", "loc:(48.9,2.3,5 km)"),
    ("parts.{name:=x && c:<30}", "parts.{name:=x && c:<30}"),
    ("size:=10 kg", "size:10"),
  ])
  func aNarrowerFilterImplies(_ search: String, _ rule: String) throws {
    #expect(try implies(search, rule), "\(search) implies \(rule)")
  }

  @Test(arguments: [
    ("brand:=[A,C]", "brand:=[A,B]"),
    ("brand:acme", "brand:=acme"),
    ("brand:=A || price:<3", "brand:=A"),
    ("price:<10", "price:<5"),
    ("price:[2..5]", "price:>2"),
    ("price:>=5", "price:>5"),
    ("brand:!=A", "brand:!=[A,B]"),
    ("brand:=A", "maker:=A"),
    ("brand:=A", "brand:!=B"),
    ("brand:=So*", "brand:=Sony"),
    ("brand:=Acme Tools", "brand:tools acme"),
  ])
  func otherFiltersDoNot(_ search: String, _ rule: String) throws {
    #expect(try !implies(search, rule), "\(search) does not imply \(rule)")
  }

  @Test(arguments: ["", "brand", "brand:", "brand:=[A", "a:1 &&", "(a:1", "a:`x", "a:1)", ":x"])
  func brokenFiltersAreErrors(_ text: String) {
    #expect(throws: CurationError.self) { try FilterCondition(parsing: text) }
  }

  @Test func nestingIsBounded() throws {
    let deep = String(repeating: "(", count: 1_000) + "a:1" + String(repeating: ")", count: 1_000)
    #expect(throws: CurationError.self) { try FilterCondition(parsing: deep) }
    // Groups of either kind in turn, as deep as allowed: an answer comes, and soon.
    func nested(_ leaf: String) -> String {
      (0..<30).reduce(leaf) { "(\($0)) \($1 % 2 == 0 ? "&&" : "||") a\($1):=1" }
    }
    var budget = ImplicationBudget()
    let search = try FilterCondition(parsing: nested("x:=1"))
    _ = search.implies(try FilterCondition(parsing: nested("y:=1")), &budget)
    #expect(budget.steps >= 0)
  }

  private static let texts = ["red", "blue", "red blue"]

  /// A filter on a text `c` and a number `n`.
  private func makeFilter(_ depth: Int, _ texts: [String], _ random: inout SeededRandom) -> String {
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func text() -> String { texts.randomElement(using: &random) ?? "" }
    switch number(0...(depth == 0 ? 6 : 10)) {
    case 0:
      let comparison = ["<", ">", "<=", ">=", ""].randomElement(using: &random) ?? ""
      return "n:\(comparison)\(number(0...4))"
    case 1: return "n:[\(number(0...3))..\(number(2...4))]"
    case 2: return "n:[\(number(0...3)), >\(number(0...3))]"
    case 3: return "c:=[\(text()), \(text())]"
    case 4: return "c:=\(text())"
    case 5: return "c:\(text())"
    case 6: return "c:!=\(text())"
    case 7: return "!(\(makeFilter(depth - 1, texts, &random)))"
    case 8, 9:
      return
        "(\(makeFilter(depth - 1, texts, &random)) && \(makeFilter(depth - 1, texts, &random)))"
    default:
      return
        "(\(makeFilter(depth - 1, texts, &random)) || \(makeFilter(depth - 1, texts, &random)))"
    }
  }

  /// Checked on every document that there can be.
  @Test func implicationIsSound() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    var implied = 0
    for _ in 0..<4_000 {
      let (left, right) = (makeFilter(2, Self.texts, &random), makeFilter(2, Self.texts, &random))
      let (search, rule) = try (FilterCondition(parsing: left), FilterCondition(parsing: right))
      var budget = ImplicationBudget()
      guard search.implies(rule, &budget) else { continue }
      implied += 1
      for text in Self.texts {
        for number in stride(from: -0.5, through: 5, by: 0.5) {
          let holds = rule.holds(text, number) || !search.holds(text, number)
          #expect(holds, "\(left) => \(right) at \(text), \(number), seed \(seed)")
        }
      }
    }
    #expect(implied > 100)
  }

  /// Whatever lists rules stand in, a search finds each whose filter it implies.
  @Test func rulesAreFoundByTheirFilters() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let texts = Self.texts + ["4", "3 4", "1..3", "2.5 kg"]
    var found = 0
    for _ in 0..<30 {
      var filters: [String: FilterCondition] = [:]
      var items: [CurationRule] = []
      for number in 0..<60 {
        let filter = makeFilter(2, texts, &random)
        filters["\(number)"] = try FilterCondition(parsing: filter)
        let query = Bool.random(using: &random) ? #""query":"*","match":"contains","# : ""
        items.append(
          try rule(
            """
            {"id":"\(number)","stop_processing":false,"rule":{\(query)"filter_by":"\(filter)"}}
            """
          )
        )
      }
      let set = try CurationSet(name: "s", items: items)
      let index = RuleIndex(set, analyzer: try Analyzer())
      for _ in 0..<60 {
        let filter = makeFilter(2, texts, &random)
        let condition = try FilterCondition(parsing: filter)
        var budget = ImplicationBudget()
        let expected = filters.filter { condition.implies($0.value, &budget) }.map(\.key).sorted()
        let plan = index.plan(for: try search("x") { $0.filter = filter })
        #expect(plan.appliedRules == expected, "\(filter), seed \(seed)")
        found += expected.count
      }
    }
    #expect(found > 1_000)
  }
}

extension FilterCondition {
  /// The plain meaning for a document with one text `c` and one number `n`.
  fileprivate func holds(_ text: String, _ number: Double) -> Bool {
    switch self {
    case .all(let parts): parts.allSatisfy { $0.holds(text, number) }
    case .any(let parts): parts.contains { $0.holds(text, number) }
    case .not(let part): !part.holds(text, number)
    case .clause(let clause):
      clause.items.contains { item in
        if clause.field == "n" {
          return item.range?.contains(NumberRange(low: number, high: number)) ?? false
        }
        return clause.isWhole ? item.text == text : " \(text) ".contains(" \(item.text) ")
      }
    }
  }
}
