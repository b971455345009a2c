// SPDX-License-Identifier: Apache-2.0
//
// Other spellings that a completion answers to, typed on a keyboard of another script: pinyin whole
// ("wuxianerji"), by words ("wuxian erji") and by initials ("wxej"), romaji and Hiragana for
// Katakana, Latin for Cyrillic, Greek and Hangul, "ae" for "ä".

internal import UnicodeText

/// What a completion answers to beside its key.
struct CompletionAliases {
  /// Further keys, none equal to another or to the text's own.
  var keys: [[UInt8]] = []
  /// Words that are in no word of the own key, parted by spaces.
  var words: [UInt8] = []
}

extension CompletionText {
  /// The aliases of a text that is not ASCII.
  ///
  /// - Parameters:
  ///   - text: The text as written.
  ///   - folded: Its key, with source offsets.
  /// - Returns: At most six keys.
  func aliases(of text: String, _ folded: FoldedText) -> CompletionAliases {
    var result = CompletionAliases()
    var known: Set<[UInt8]> = [folded.key]
    func add(_ key: [UInt8]) {
      let cut = Array(key.prefix(Self.longestKey))
      if !cut.isEmpty, known.insert(cut).inserted { result.keys.append(cut) }
    }
    let spelled = latinSpellings(text, folded)
    for key in spelled { add(key) }
    if let hiragana = transliterator?.hiragana(text), hiragana != text {
      add(fold(hiragana, isQuery: false).key)
    }
    if let spread = Self.spreadUmlauts(text) { add(fold(spread, isQuery: false).key) }
    result.words = Self.newWords(in: [folded.words] + result.keys, besides: folded.key)
    return result
  }

  /// The whole text in Latin letters: by source words, by dictionary words, by initials.
  private func latinSpellings(_ text: String, _ folded: FoldedText) -> [[UInt8]] {
    let source = Array(text.utf8)
    var (joined, parted, initials): ([[UInt8]], [[UInt8]], [[UInt8]]) = ([], [], [])
    var (isSpelled, isSyllabic) = (false, false)
    var at = 0
    for word in folded.key.split(separator: 0x20) {
      defer { at += word.count + 1 }
      guard at < folded.ends.count, at + word.count <= folded.ends.count else { break }
      let (from, to) = (Int(folded.starts[at]), Int(folded.ends[at + word.count - 1]))
      guard from < to, to <= source.count else { continue }
      let written = String(decoding: source[from..<to], as: UTF8.self)
      let spelling = written.unicodeScalars.map(Scalars.latinSpelling)
      guard spelling.contains(where: { $0 != .none }), let syllables = syllables(written) else {
        joined.append(Array(word))
        parted.append(Array(word))
        initials.append(Array(word))
        continue
      }
      isSpelled = true
      joined.append(Array(syllables.joined()))
      if spelling.contains(.bySyllable) {
        isSyllabic = true
        initials.append(syllables.compactMap(\.first))
      } else {
        initials.append(Array(syllables.joined()))
      }
      for part in segments(written) {
        parted.append(Array((self.syllables(part) ?? []).joined()))
      }
    }
    guard isSpelled else { return [] }
    func spaced(_ words: [[UInt8]]) -> [UInt8] {
      Array(words.filter { !$0.isEmpty }.joined(separator: [0x20]))
    }
    return [spaced(joined), spaced(parted)] + (isSyllabic ? [spaced(initials)] : [])
  }

  /// The Latin spelling of a word, folded and cut where ICU parts it.
  private func syllables(_ word: String) -> [[UInt8]]? {
    guard let latin = transliterator?.latin(word) else { return nil }
    return fold(latin, isQuery: false).key.split(separator: 0x20).map(Array.init)
  }

  private func segments(_ word: String) -> [String] {
    let units = Array(word.utf16)
    var result: [String] = []
    breaker.forEachSegment(units) { result.append(String(decoding: units[$0], as: UTF16.self)) }
    return result
  }

  /// The text with umlauts spelled as two letters; nil if it has none.
  private static func spreadUmlauts(_ text: String) -> String? {
    var result = ""
    var isChanged = false
    for character in text {
      let spread: String? =
        switch character {
        case "ä", "Ä": "ae"
        case "ö", "Ö": "oe"
        case "ü", "Ü": "ue"
        case "å", "Å": "aa"
        case "ø", "Ø": "oe"
        default: nil
        }
      isChanged = isChanged || spread != nil
      result += spread ?? String(character)
    }
    return isChanged ? result : nil
  }

  private static func newWords(in keys: [[UInt8]], besides own: [UInt8]) -> [UInt8] {
    var known = Set(own.split(separator: 0x20).map(Array.init))
    var words: [[UInt8]] = []
    for key in keys {
      for word in key.split(separator: 0x20).map(Array.init) where known.insert(word).inserted {
        words.append(word)
      }
    }
    return Array(words.joined(separator: [0x20]))
  }
}
