// SPDX-License-Identifier: Apache-2.0

@testable import SearchIndex

/// The term dictionary: reading on, look-up, prefixes, misspellings.
enum DictionaryTarget {
  private static let words = ["", "a", "lamp", "lampe", "充电", "zz", "rechargable"]

  static func run(_ input: UnsafeBufferPointer<UInt8>) throws {
    let dictionary = try TermDictionary(UnsafeRawBufferPointer(input))
    let cursor = dictionary.cursor(block: 0)
    var terms: [[UInt8]] = []
    while cursor.advance() {
      if terms.count < 20 { terms.append(Array(cursor.utf8)) }
    }
    for block in [1, 2, dictionary.blockCount - 1, dictionary.blockCount] where block >= 0 {
      let cursor = dictionary.cursor(block: block)
      _ = cursor.advance()
    }
    for word in words.map({ Array($0.utf8) }) + terms {
      _ = dictionary.lookUp(word)
      _ = dictionary.expand(prefix: word, limit: 5)
      _ = dictionary.fuzzy(word, maximumEdits: 2, prefix: word.count % 2 == 0, limit: 5)
    }
  }

  static var seeds: [[UInt8]] {
    get throws {
      try [0, 1, 16, 200].map { count in
        var writer = TermDictionaryWriter()
        let terms = (words.dropFirst() + (0..<count).map { "w\($0)" }).map { Array($0.utf8) }
        for term in terms.sorted(by: { $0.lexicographicallyPrecedes($1) }).prefix(count) {
          try term.withUnsafeBufferPointer {
            try writer.add(term: $0, documentFrequency: UInt32(term.count), payload: [0, 1, 0])
          }
        }
        return writer.finish()
      }
    }
  }
}
