// SPDX-License-Identifier: Apache-2.0
//
// Synonym sets, stop words and stemming dictionaries, read for queries. They are compiled once per
// change of the settings: into a table from each first word to what it may start, since a set may have
// thousands of items and a query has a few words.

import Foundation
import JSON
import SearchIndex
import Synchronization

/// What is configured to help queries along.
final class QueryAids: Sendable {
  private struct Compiled: Sendable {
    var revision = -1
    /// By set, then by folded word: the synonyms that the word takes part in.
    var synonyms: [String: [String: [Synonym]]] = [:]
    /// By set, the folded words.
    var stopWords: [String: Set<String>] = [:]
    /// By dictionary, then by folded word: the words that share its root.
    var stems: [String: [String: Synonym]] = [:]
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
    guard !synonymSets.isEmpty || !dictionaries.isEmpty else { return }
    for word in try Self.words(of: request.query) {
      for name in synonymSets { request.synonyms += compiled.synonyms[name]?[word] ?? [] }
      for name in dictionaries {
        if let synonym = compiled.stems[name]?[word] { request.synonyms.append(synonym) }
      }
    }
  }

  private func current() throws -> Compiled {
    let revision = settings.revision
    let known = compiled.withLock { $0 }
    if known.revision == revision { return known }
    var fresh = Compiled()
    fresh.revision = revision
    for (name, set) in settings.all(.synonymSet) {
      for item in set["items"]?.array ?? [] {
        guard let synonym = try Self.synonym(item) else { continue }
        for text in synonym.root.map({ [$0] }) ?? synonym.words {
          let first = String(text.prefix { $0 != " " })
          fresh.synonyms[name, default: [:]][first, default: []].append(synonym)
        }
      }
    }
    for (name, set) in settings.all(.stopWords) {
      let texts = set["stopwords"]?.array?.compactMap(\.string) ?? []
      fresh.stopWords[name] = Set(try texts.flatMap { try Self.words(of: $0) })
    }
    for (name, dictionary) in settings.all(.stemming) {
      fresh.stems[name] = try Self.stems(dictionary)
    }
    compiled.withLock { $0 = fresh }
    return fresh
  }

  private static func synonym(_ item: JSON) throws -> Synonym? {
    let words = try (item["synonyms"]?.array ?? []).compactMap(\.string)
      .map { try folded($0) }.filter { !$0.isEmpty }
    let root = try folded(item["root"]?.string ?? "")
    return words.isEmpty ? nil : Synonym(root: root.isEmpty ? nil : root, words: words)
  }

  private static func stems(_ dictionary: JSON) throws -> [String: Synonym] {
    var byRoot: [String: [String]] = [:]
    for entry in dictionary["words"]?.array ?? [] {
      guard let word = entry["word"]?.string, let root = entry["root"]?.string else { continue }
      byRoot[try folded(root), default: []].append(try folded(word))
    }
    var stems: [String: Synonym] = [:]
    for (root, words) in byRoot {
      let family = Synonym(words: [root] + words)
      for word in family.words { stems[word] = family }
    }
    return stems
  }

  private static func folded(_ text: String) throws -> String {
    try words(of: text).joined(separator: " ")
  }

  private static func words(of text: String) throws -> [String] {
    let analyzer = try Analyzer()
    var tokens = TokenBuffer()
    analyzer.analyze(String(text.prefix(10_000)), into: &tokens)
    return tokens.tokens.indices.map { String(decoding: tokens.term($0), as: UTF8.self) }
  }
}
