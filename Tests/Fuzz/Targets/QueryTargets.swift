// SPDX-License-Identifier: Apache-2.0

import JSON

@testable import SearchIndex

/// The filter parser and the query parser, and searches by what they make of the input.
enum QueryTargets {
  static func filter(_ input: UnsafeBufferPointer<UInt8>) throws {
    var request = SearchRequest()
    request.filter = String(decoding: input, as: UTF8.self)
    request.fields = [SearchRequest.QueryField(name: "title")]
    _ = try snapshot.get().search(request)
  }

  /// The first byte chooses what is searched and how; the rest is the query.
  static func query(_ input: UnsafeBufferPointer<UInt8>) throws {
    guard let options = input.first else { return }
    var request = SearchRequest()
    request.query = String(decoding: input.dropFirst(), as: UTF8.self)
    request.fields = [
      SearchRequest.QueryField(
        name: "title",
        prefix: options & 1 == 0,
        typos: Int(options >> 6) % 3
      )
    ]
    if options & 2 != 0 { request.fields.append(SearchRequest.QueryField(name: "tags")) }
    if options & 4 != 0 { request.facets = ["tags", "price"] }
    if options & 8 != 0 { request.groupBy = ["tags"] }
    if options & 16 != 0 {
      request.synonyms = [try SynonymTable([Synonym(root: "lamp", words: ["desk light"])])]
    }
    if options & 32 != 0 { request.stopWords = ["the"] }
    let result = try snapshot.get().search(request)
    precondition(result.found <= result.outOf, "more found than there is")
    try analyzersAgree(request.query)
  }

  /// The fast path for Latin text gives what the general path gives.
  private static func analyzersAgree(_ text: String) throws {
    let bytes = Array(text.utf8.prefix(4096).filter { $0 < 0x80 })
    let analyzer = try Analyzer()
    let (fast, general) = (TokenBuffer(), TokenBuffer())
    bytes.withUnsafeBufferPointer {
      analyzer.analyze($0, into: fast)
      analyzer.analyzeUnicode($0, into: general)
    }
    precondition(
      (0..<fast.count).map(fast.term) == (0..<general.count).map(general.term),
      "the analyzer's two paths differ"
    )
  }

  private static let snapshot = Result {
    try withScratchStore { store in
      var fields = [
        Field(name: "title", type: .string), Field(name: "tags", type: .strings),
        Field(name: "price", type: .float), Field(name: "stock", type: .int32),
        Field(name: "sold", type: .bool), Field(name: "place", type: .geopoint),
      ]
      fields[1].facet = true
      let collection = try store.createCollection(CollectionSchema(name: "p", fields: fields))
      let titles = [
        "Red desk lamp", "Lampe de bureau", "无线蓝牙耳机", "静音の炊飯器", "กาต้มน้ำไฟฟ้า", "RTX-4090 Ti",
        "Außergewöhnlich", "غلاية كهربائية",
      ]
      let documents = (0..<300).map { document($0, title: titles[$0 % 8]) }
      _ = try collection.write(documents.map { DocumentOperation(.create, $0) })
      return collection.snapshot
    }
  }

  private static func document(_ number: Int, title: String) -> JSON {
    let tags: [JSON] = [.string("t\(number % 5)"), "all"]
    let place: [JSON] = [.int(Int64(number % 90)), .int(Int64(number % 180))]
    return [
      "id": .string("\(number)"), "title": .string("\(title) \(number)"), "tags": .array(tags),
      "price": .double(Double(number) / 4), "stock": .int(Int64(number % 10)),
      "sold": .bool(number % 2 == 0), "place": .array(place),
    ]
  }

  static let filterSeeds = [
    "price:[10..30] && tags:=[`t1`, all]", "price:>30||stock:<=5", "!(sold:true && title:lamp*)",
    "id:[1,2,3]", "place:(48.9, 2.3, 5 km)", "place:(1,2,3,4,5,6)", "title:!=`Red, lamp`",
    "stock:[<3, >8, 5]", "tags:!t2 && ((price:<1))",
  ].map { Array($0.utf8) }

  static let querySeeds = [
    " lamp", "Adesk lamps -red", "\u{1f}\"desk lamp\" the 蓝牙耳机", "@rtx4090ti", "?เครื่อง กาต้มน้ำ",
    "0aussergewohnlich lampee", "\u{10}*", " 炊飯器 RTX-4090",
  ].map { Array($0.utf8) }
}
