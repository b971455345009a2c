// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import TestSupport
import Testing

struct SearchTests {
  private let products: [JSON] = [
    [
      "id": "1", "title": "Red cordless drill RTX-4090", "brand": "Acme", "price": 10.5,
      "tags": ["tool", "diy"], "place": [52.52, 13.4],
    ],
    [
      "id": "2", "title": "Blue drill bits", "brand": "Acme Tools", "price": 20,
      "tags": ["tool"], "place": [48.85, 2.35],
    ],
    [
      "id": "3", "title": "Green garden hose", "brand": "Wet", "price": 30, "tags": ["garden"],
      "place": [40.4, -3.7],
    ],
    ["id": "4", "title": "无线蓝牙耳机 轻便", "brand": "声", "price": 40, "tags": [], "place": [0, 0]],
    [
      "id": "5", "title": "Außergewöhnlicher Wasserkocher", "brand": "Hafen", "price": 50,
      "tags": ["kitchen"], "place": [0, 0],
    ],
    [
      "id": "6", "title": "กาต้มน้ำไฟฟ้า", "brand": "Baan", "price": 60, "tags": ["kitchen"],
      "place": [0, 0],
    ],
    ["id": "7", "title": "静音の炊飯器", "brand": "Sakurai", "price": 70, "tags": [], "place": [0, 0]],
  ]

  private func search(_ change: (inout SearchRequest) -> Void) throws -> SearchResult {
    try withTemporaryDirectory { directory in
      var fields = [
        Field(name: "title", type: .string), Field(name: "brand", type: .string),
        Field(name: "price", type: .float), Field(name: "tags", type: .strings),
        Field(name: "place", type: .geopoint),
      ]
      fields[0].infix = true
      fields[1].facet = true
      fields[3].facet = true
      let store = try IndexStore(directory: directory)
      let collection = try store.createCollection(CollectionSchema(name: "p", fields: fields))
      _ = try collection.write(products.map { DocumentOperation(.create, $0) })
      var request = SearchRequest.title("*")
      change(&request)
      return try collection.snapshot.search(request)
    }
  }

  private func ids(_ query: String) throws -> [String] {
    try search { $0.query = query }.hits.map(\.id)
  }

  @Test(arguments: [
    ("drill", ["1", "2"]), ("\"cordless drill\"", ["1"]), ("drill -bits", ["1"]),
    ("cordles", ["1"]), ("gardne hose", ["3"]), ("gar", ["3"]), ("rtx 4090", ["1"]),
    ("蓝牙耳机", ["4"]), ("炊飯器", ["7"]), ("กาต้มน้ำ", ["6"]),
    ("aussergewohnlicher", ["5"]), ("nosuchthing", []),
  ])
  func findsWhatAShopperMeans(_ query: String, _ expected: [String]) throws {
    #expect(try ids(query).sorted() == expected)
  }

  @Test(arguments: [
    ("price:[10..30]", ["1", "2", "3"]), ("price:>30 && price:<=50", ["4", "5"]),
    ("brand:Acme", ["1", "2"]), ("brand:=Acme", ["1"]),
    ("brand:!=[Acme,`Acme Tools`]", ["3", "4", "5", "6", "7"]),
    ("tags:=[tool, garden]", ["1", "2", "3"]), ("(price:<15 || price:>65) && !brand:=Acme", ["7"]),
    ("id:[1,3]", ["1", "3"]), ("place:(52.5, 13.4, 50 km)", ["1"]), ("brand:=Ac*", ["1", "2"]),
  ])
  func filters(_ filter: String, _ expected: [String]) throws {
    #expect(try search { $0.filter = filter }.hits.map(\.id).sorted() == expected)
  }

  @Test(arguments: [
    "price", "price:", "price:abc", "nosuch:1", "(price:>1", "price:[1", "place:(1,2)",
    "price:>1 &&",
    String(repeating: "(", count: 1000) + "price:>1" + String(repeating: ")", count: 1000),
  ])
  func refusesBadFilters(_ filter: String) {
    let error = #expect(throws: IndexError.self) { try search { $0.filter = filter } }
    #expect(error?.code == .invalid)
  }

  @Test func countsFacets() throws {
    let result = try search { $0.facets = ["tags", "price"] }
    #expect(result.facets[0].counts.first?.value == "kitchen")
    #expect(result.facets[0].counts.first?.count == 2)
    #expect(result.facets[0].totalValues == 4)
    #expect(result.facets[1].statistics?.min == 10.5)
    #expect(result.facets[1].statistics?.max == 70)
  }

  @Test func sortsByColumnsAndPlaces() throws {
    #expect(
      try search { $0.sort = "price:desc" }.hits.map(\.id) == ["7", "6", "5", "4", "3", "2", "1"]
    )
    #expect(try search { $0.sort = "place(48.85, 2.35):asc" }.hits.first?.id == "2")
    #expect(try search { $0.sort = "brand:asc" }.hits.first?.id == "1")
    #expect(throws: IndexError.self) { try search { $0.sort = "nosuch:asc" } }
  }

  @Test func groupsByAField() throws {
    let result = try search {
      $0.groupBy = ["tags"]
      $0.groupLimit = 1
    }
    #expect(result.groups?.allSatisfy { $0.hits.count == 1 } == true)
    #expect(result.foundDocuments == 7)
  }

  @Test func highlightsWhatMatched() throws {
    let hit = try #require(try search { $0.query = "cordless dri" }.hits.first)
    #expect(
      hit.highlights.first?.snippets == ["Red <mark>cordless</mark> <mark>dri</mark>ll RTX-4090"]
    )
    #expect(hit.highlights.first?.matched == [["cordless", "drill"]])
  }

  @Test func synonymsAndStopWords() throws {
    let table = try SynonymTable([
      Synonym(root: "Borer", words: ["drill"]),
      Synonym(words: ["water pipe", "garden hose"]),
    ])
    func found(_ query: String) throws -> [String] {
      try search {
        $0.query = query
        $0.synonyms = [table]
        $0.dropThreshold = 0
        $0.typoThreshold = 0
      }.hits.map(\.id).sorted()
    }
    #expect(try found("borer") == ["1", "2"])
    #expect(try found("red borer") == ["1"])
    #expect(try found("water pipe") == ["3"])
    #expect(try found("green water pipe") == ["3"])
    #expect(try found("water drill") == [])
    #expect(
      try search {
        $0.query = "the hose"
        $0.stopWords = ["the"]
        $0.dropThreshold = 0
      }.hits.map(\.id) == ["3"]
    )
  }

  @Test func wordsAreJoinedAndSplit() throws {
    func found(_ query: String) throws -> [String] {
      try search {
        $0.query = query
        $0.fields[0].typos = 1
      }.hits.map(\.id)
    }
    #expect(try found("rtx4090") == ["1"])
    #expect(try found("wasser kocher") == ["5"])
    #expect(try found("außergewöhnlicher wasser kocher") == ["5"])
    // A known word that leads nowhere with the others is taken for a misspelling too.
    #expect(try found("gree drill").contains("1"))
  }

  @Test(arguments: [
    // "blue" and "hose" are in no product together with the rest.
    (DropOrder.any, "blue garden hose", ["3"]), (.rightToLeft, "blue garden hose", ["2"]),
    (.leftToRight, "blue garden hose", ["3"]), (.rightToLeft, "garden hose blue", ["3"]),
    (.bothSides(3), "blue nosuchthing garden", ["2", "3"]),
    (.bothSides(2), "blue nosuchthing garden", ["2"]),
  ])
  func wordsAreDroppedInOrder(_ order: DropOrder, _ query: String, _ expected: [String]) throws {
    let found = try search {
      $0.query = query
      $0.dropOrder = order
      $0.fields[0].typos = 0
    }
    #expect(found.hits.map(\.id).sorted() == expected)
  }

  @Test func splittingAndTyposInNumbersCanBeTurnedOff() throws {
    func found(_ query: String, _ change: (inout SearchRequest) -> Void) throws -> [String] {
      let change = change
      return try search {
        $0.query = query
        $0.dropThreshold = 0
        change(&$0)
      }.hits.map(\.id)
    }
    #expect(try found("drillbits") { _ in } == ["2", "1"])
    #expect(try found("drillbits") { $0.splitJoin = .never } == [])
    #expect(
      try found("drillbits") { ($0.splitJoin, $0.fields[0].typos) = (.always, 0) } == ["2", "1"]
    )
    #expect(try found("rdles") { $0.fields[0].typos = 0 } == [])
    for mode in [Infix.fallback, .always] {
      #expect(try found("rdles") { ($0.infix, $0.fields[0].typos) = (mode, 0) } == ["1"])
    }
    // A word that is found as it stands needs no part of others, unless told.
    #expect(try found("den") { ($0.infix, $0.fields[0].typos) = (.always, 0) } == ["3"])
    #expect(try found("4091") { _ in } == ["1"])
    #expect(try found("4091") { $0.typosInNumbers.digits = false } == [])
    #expect(try found("4091") { $0.typosInNumbers.mixed = false } == ["1"])
  }

  @Test func innerWordsNeedTheSchemasLeave() throws {
    let error = #expect(throws: IndexError.self) {
      try search {
        $0.query = "den"
        ($0.infix, $0.fields[0].name) = (.always, "brand")
      }
    }
    #expect(error?.code == .invalid)
    let both = try search {
      $0.query = "cme"
      $0.infix = .always
      $0.fields.append(SearchRequest.QueryField(name: "brand", typos: 0))
      ($0.fields[0].typos, $0.dropThreshold) = (0, 0)
    }
    #expect(both.hits.isEmpty)
  }

  @Test func synonymsAreFoundByWhatIsTyped() throws {
    let table = try SynonymTable([Synonym(root: "borer machine", words: ["drill"])])
    func found(_ query: String, _ change: (inout SearchRequest) -> Void) throws -> [String] {
      try search {
        $0.query = query
        $0.synonyms = [table]
        ($0.typoThreshold, $0.dropThreshold) = (0, 0)
        change(&$0)
      }.hits.map(\.id).sorted()
    }
    #expect(try found("bor mach") { _ in } == [])
    #expect(try found("bor mach") { $0.synonymMatching.acceptsPrefixes = true } == ["1", "2"])
    #expect(try found("borre machine") { $0.synonymMatching.acceptsPrefixes = true } == [])
    #expect(try found("borre machine") { $0.synonymMatching.typos = 1 } == ["1", "2"])
    #expect(try found("borre macheni") { $0.synonymMatching.typos = 1 } == [])
    #expect(try found("borre macheni") { $0.synonymMatching.typos = 2 } == ["1", "2"])
  }

  @Test func matchesBySynonymsCanComeLast() throws {
    let table = try SynonymTable([Synonym(root: "hose", words: ["bits"])])
    for tiers in [nil, TierOptions()] {
      func found(_ demotes: Bool) throws -> [String] {
        try search {
          $0.query = "hose"
          ($0.synonyms, $0.demotesSynonyms, $0.tiers) = ([table], demotes, tiers)
          $0.sort = tiers == nil ? "" : "_text_match:desc,price:asc"
        }.hits.map(\.id)
      }
      #expect(try found(true) == ["3", "2"])
      #expect(try tiers == nil || found(false) == ["2", "3"])
    }
  }

  @Test func pinsStandAtTheirPositions() throws {
    let result = try search {
      $0.sort = "price:asc"
      $0.pinned = [("7", 1), ("6", 3), ("nosuch", 2)]
      $0.hiddenIDs = ["2"]
    }
    #expect(result.hits.map(\.id) == ["7", "1", "6", "3", "4", "5"])
    #expect(result.hits.map(\.isPinned) == [true, false, true, false, false, false])
    #expect(result.found == 6)
    let second = try search {
      $0.sort = "price:asc"
      $0.pinned = [("7", 1), ("6", 3)]
      $0.offset = 2
      $0.limit = 2
    }
    #expect(second.hits.map(\.id) == ["6", "2"])
    let filtered = try search {
      $0.filter = "price:<30"
      $0.pinned = [("7", 1)]
      $0.filtersPinned = true
    }
    #expect(filtered.hits.map(\.id) == ["1", "2"])
  }

  @Test func explainsScores() throws {
    let hit = try #require(
      try search {
        $0.query = "cordless drlil"
        $0.fields.append(SearchRequest.QueryField(name: "brand"))
        $0.explains = true
      }.hits.first
    )
    #expect(hit.explanation.map(\.term) == ["cordless", "drill"])
    let sum = hit.explanation.reduce(0) { $0 + $1.score }
    #expect(abs(sum - hit.score) < 0.0001)
    #expect(hit.explanation.allSatisfy { $0.fields.map(\.name) == ["title"] })
  }

  @Test(arguments: [
    ("_eval(brand:=Wet):desc, price:desc", "3"), ("_eval([(price:>60):2, (id:1):5]):desc", "1"),
    ("place(48.85, 2.35, precision: 30000 km):asc, price:desc", "7"),
    ("_text_match(buckets: 1):desc, price:desc", "7"), ("price(missing_values: first):asc", "1"),
  ])
  func sortsByMoreThanFields(_ sort: String, _ first: String) throws {
    #expect(try search { $0.sort = sort }.hits.first?.id == first)
    #expect(try Set(search { $0.sort = "_rand(7)" }.hits.map(\.id)).count == 7)
  }

  @Test func marksAloneFindNothing() throws {
    #expect(try search { $0.query = "???" }.found == 0)
    #expect(try search { $0.query = "" }.found == 7)
    #expect(try search { $0.query = "-drill" }.found == 5)
  }

  @Test func wholeNumbersAreExactBeyondDoubles() throws {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      let schema = CollectionSchema(name: "n", fields: [Field(name: "ean", type: .int64)])
      let collection = try store.createCollection(schema)
      let least: Int64 = 9_007_199_254_740_993
      _ = try collection.write(
        (0..<4).map { DocumentOperation(.create, ["id": .int($0), "ean": .int(least + $0)]) }
      )
      func found(_ filter: String) throws -> [String] {
        var request = SearchRequest()
        request.filter = filter
        return try collection.snapshot.search(request).hits.map(\.id).sorted()
      }
      #expect(try found("ean:9007199254740993") == ["0"])
      #expect(try found("ean:>9007199254740994") == ["2", "3"])
      #expect(try found("ean:[9007199254740994..9007199254740995]") == ["1", "2"])
      #expect(try found("ean:>1.5") == ["0", "1", "2", "3"])
      #expect(try found("ean:<1.5") == [])
    }
  }

  /// Every continuation counts, however many there are.
  @Test func prefixesFindAllContinuations() throws {
    try withTemporaryDirectory { directory in
      let store = try IndexStore(directory: directory)
      var field = Field(name: "title", type: .string)
      field.facet = true
      let collection = try store.createCollection(CollectionSchema(name: "n", fields: [field]))
      _ = try collection.write(
        (0..<500).map {
          DocumentOperation(.create, ["id": .int($0), "title": .string("model kx\($0)")])
        }
      )
      var request = SearchRequest.title("kx")
      request.limit = 250
      #expect(try collection.snapshot.search(request).found == 500)
      #expect(try collection.snapshot.search(request).hits.count == 250)
      request = SearchRequest()
      request.filter = "title:kx*"
      #expect(try collection.snapshot.search(request).found == 500)
      request.filter = "title:`kx1*`"
      #expect(try collection.snapshot.search(request).found == 1)
    }
  }
}
