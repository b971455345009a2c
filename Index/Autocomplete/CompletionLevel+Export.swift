// SPDX-License-Identifier: Apache-2.0

extension CompletionIndex {
  /// A completion with what it also answers to.
  struct Exported {
    var key: [UInt8]
    var entry: CompletionEntry
    var aliases: [[UInt8]]
  }

  /// Calls `body` with every completion but the hidden ones.
  func forEachEntry(besides hidden: HiddenCompletions?, _ body: (Exported) -> Void) {
    var aliases: [UInt32: [[UInt8]]] = [:]
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: KeyTable.bufferSize) { buffer in
      guard let base = buffer.baseAddress else { return }
      if hasAliases {
        for number in 0..<keys.count {
          let document = keyDocuments.values[number]
          guard key(of: Int(document)) != number else { continue }
          let length = keys.decode(number, into: base).length
          aliases[document, default: []].append(Array(buffer[..<length]))
        }
      }
      for document in 0..<count where hidden?.contains(document) != true {
        let decoded = keys.decode(key(of: document), into: base)
        let key = UnsafeBufferPointer(rebasing: buffer[..<decoded.length])
        let extras = CompletionExtras(decoded.extras)
        let entry = CompletionEntry(
          text: extras.text(key: key),
          score: scores[document],
          count: extras.count,
          kind: extras.kind,
          category: category(extras)
        )
        body(
          Exported(key: Array(key), entry: entry, aliases: aliases[UInt32(document)] ?? [])
        )
      }
    }
  }

  /// The name of a completion's category.
  func category(_ extras: CompletionExtras) -> String? {
    extras.category.flatMap { categories.indices.contains($0) ? categories[$0] : nil }
  }

  /// The completions that have all words of one of the given texts.
  func documents(withWordsOf texts: [[UInt8]]) -> Set<UInt32> {
    var result: Set<UInt32> = []
    for text in texts {
      var common: Set<UInt32>?
      for word in text.split(separator: 0x20).map(Array.init) {
        let term = word.withUnsafeBufferPointer { bytes in
          bytes.baseAddress.flatMap { terms.find($0, bytes.count) }
        }
        let documents = Set(term.map { list($0).map { postings[$0] } } ?? [])
        common = common?.intersection(documents) ?? documents
      }
      result.formUnion(common ?? [])
    }
    return result.filter { $0 < count }
  }
}
