// SPDX-License-Identifier: Apache-2.0

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

  /// Filters on two fields of few values, checked on every document that there can be.
  @Test func implicationIsSoundAndRulesAreFoundByTheirKeys() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let texts = ["red", "blue", "red blue"]
    func filter(_ depth: Int) -> String {
      switch Int.random(in: 0..<(depth == 0 ? 6 : 10), using: &random) {
      case 0:
        return
          "n:\(["<", ">", "<=", ">=", ""].randomElement(using: &random) ?? "")\(Int.random(in: 0...4, using: &random))"
      case 1:
        return
          "n:[\(Int.random(in: 0...3, using: &random))..\(Int.random(in: 2...4, using: &random))]"
      case 2: return "c:=[\(texts.shuffled(using: &random).prefix(2).joined(separator: ","))]"
      case 3: return "c:=\(texts.randomElement(using: &random) ?? "")"
      case 4: return "c:\(texts.randomElement(using: &random) ?? "")"
      case 5: return "c:!=\(texts.randomElement(using: &random) ?? "")"
      case 6: return "!(\(filter(depth - 1)))"
      case 7, 8: return "(\(filter(depth - 1)) && \(filter(depth - 1)))"
      default: return "(\(filter(depth - 1)) || \(filter(depth - 1)))"
      }
    }
    var implied = 0
    for _ in 0..<4_000 {
      let (left, right) = (filter(2), filter(2))
      let (search, rule) = try (FilterCondition(parsing: left), FilterCondition(parsing: right))
      var budget = ImplicationBudget()
      guard search.implies(rule, &budget) else { continue }
      implied += 1
      for text in texts {
        for number in stride(from: -0.5, through: 5, by: 0.5) {
          let holds = rule.holds(text, number) || !search.holds(text, number)
          #expect(holds, "\(left) => \(right) at \(text), \(number), seed \(seed)")
        }
      }
      let keys = rule.ruleKeys { _ in Int.random(in: 0...3, using: &random) }
      #expect(!keys.isDisjoint(with: search.searchKeys), "\(left) finds \(right), seed \(seed)")
    }
    #expect(implied > 100)
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
