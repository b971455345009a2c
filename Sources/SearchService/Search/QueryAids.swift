// SPDX-License-Identifier: Apache-2.0
//
// Synonym sets, stop words and stemming dictionaries, read for queries. They are compiled once per
// change of the settings, since a set may have thousands of items and a query has a few words.

import Foundation
import JSON
import SearchIndex
import Synchronization

/// What is configured to help queries along.
final class QueryAids: Sendable {
  private struct Compiled: Sendable {
    var revision = -1
    /// By set.
    var synonyms: [String: SynonymTable] = [:]
    /// By set, the folded words.
    var stopWords: [String: Set<String>] = [:]
    /// By dictionary: words that share a root stand for each other.
    var stems: [String: SynonymTable] = [:]
  }

  private let settings: SettingsStore
  private let compiled = Mutex(Compiled())

  init(_ settings: SettingsStore) { self.settings = settings }

  /// Adds to a request what the named sets say of its words.
  ///
  /// - Throws: ``IndexError`` with code notFound if there is no set of stop words of a name.
  func apply(
    to request: inout SearchRequest,
    synonymSets: [String],
    stopWordSets: [String],
    dictionaries: [String]
  ) throws {
    guard !(synonymSets.isEmpty && stopWordSets.isEmpty && dictionaries.isEmpty) else { return }
    let compiled = try current()
    for name in stopWordSets {
      guard let words = compiled.stopWords[name] else {
        throw IndexError(.notFound, "Could not find the stopword set named `\(name)`.")
      }
      request.stopWords.formUnion(words)
    }
    request.synonyms += synonymSets.compactMap { compiled.synonyms[$0] }
    request.synonyms += dictionaries.compactMap { compiled.stems[$0] }
  }

  private func current() throws -> Compiled {
    let revision = settings.revision
    let known = compiled.withLock { $0 }
    if known.revision == revision { return known }
    var fresh = Compiled()
    fresh.revision = revision
    for (name, set) in settings.all(.synonymSet) {
      fresh.synonyms[name] = try SynonymTable((set["items"]?.array ?? []).compactMap(Self.synonym))
    }
    for (name, set) in settings.all(.stopWords) {
      let texts = set["stopwords"]?.array?.compactMap(\.string) ?? []
      fresh.stopWords[name] = Set(try texts.flatMap { try Self.words(of: $0) })
    }
    for (name, dictionary) in settings.all(.stemming) {
      fresh.stems[name] = try SynonymTable(Self.families(dictionary))
    }
    compiled.withLock { $0 = fresh }
    return fresh
  }

  private static func synonym(_ item: JSON) -> Synonym? {
    let words = (item["synonyms"]?.array ?? []).compactMap(\.string)
    let root = item["root"]?.string ?? ""
    return words.isEmpty ? nil : Synonym(root: root.isEmpty ? nil : root, words: words)
  }

  private static func families(_ dictionary: JSON) -> [Synonym] {
    var byRoot: [String: [String]] = [:]
    for entry in dictionary["words"]?.array ?? [] {
      guard let word = entry["word"]?.string, let root = entry["root"]?.string else { continue }
      byRoot[root, default: []].append(word)
    }
    return byRoot.map { Synonym(words: [$0.key] + $0.value) }
  }

  private static func words(of text: String) throws -> [String] {
    let tokens = TokenBuffer()
    try AnalyzerPool.withAnalyzer { $0.analyze(text, into: tokens) }
    return tokens.terms.map { String(decoding: $0, as: UTF8.self) }
  }
}
