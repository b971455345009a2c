// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SearchIndex

struct CompletionLanguageTests {
  static let texts = [
    "无线耳机", "华为 手机壳 P30", "ワイヤレスイヤホン", "コーヒーメーカー", "หูฟังไร้สาย",
    "Müller Kaffeemaschine", "Straßenkarte", "سماعات لاسلكية", "אוזניות אלחוטיות", "🎧 Headphones",
    "Birthday cake🎂", "iPhone手机壳 red", "наушники Sony", "ακουστικά bluetooth", "노트북 가방",
    "Men's Crème Brûlée Set", "RTX-4090 Ti",
  ]

  @Test(arguments: [
    // Han by itself, by a later word, by pinyin whole, in words, by initials; a later word's pinyin.
    ("无", "无线耳机"), ("无线耳", "无线耳机"), ("耳机", "无线耳机"), ("wuxianer", "无线耳机"),
    ("wuxian er", "无线耳机"), ("wxej", "无线耳机"), ("erji", "无线耳机"), ("huaw", "华为 手机壳 P30"),
    ("p30 shouji", "华为 手机壳 P30"), ("hw sjk", "华为 手机壳 P30"),
    // Kana, romaji, and Hiragana for Katakana.
    ("ワイヤ", "ワイヤレスイヤホン"), ("waiyaresu", "ワイヤレスイヤホン"), ("わいや", "ワイヤレスイヤホン"),
    ("ﾜｲﾔ", "ワイヤレスイヤホン"), ("kohi", "コーヒーメーカー"), ("コーヒー", "コーヒーメーカー"),
    // Thai: a beginning that ends inside a word, and a later word.
    ("หูฟ", "หูฟังไร้สาย"), ("หูฟังไร้ส", "หูฟังไร้สาย"), ("ไร้สาย", "หูฟังไร้สาย"),
    // Umlauts as written, without dots, with "e"; sharp s.
    ("mül", "Müller Kaffeemaschine"), ("mul", "Müller Kaffeemaschine"),
    ("muel", "Müller Kaffeemaschine"), ("MU\u{308}L", "Müller Kaffeemaschine"),
    ("strass", "Straßenkarte"), ("straß", "Straßenkarte"),
    // Arabic: vowel signs, teh marbuta as heh, a widening stroke; Hebrew, right to left.
    ("سماع", "سماعات لاسلكية"), ("سَمَّاعات", "سماعات لاسلكية"), ("لاسلكيه", "سماعات لاسلكية"),
    ("سمـــاعات", "سماعات لاسلكية"), ("אוזנ", "אוזניות אלחוטיות"),
    ("אלחוטיות אוז", "אוזניות אלחוטיות"),
    // Pictures.
    ("🎧", "🎧 Headphones"), ("🎧head", "🎧 Headphones"), ("🎂", "Birthday cake🎂"),
    ("cake 🎂", "Birthday cake🎂"),
    // Scripts mixed in one word.
    ("iphone手", "iPhone手机壳 red"), ("iphoneshouji", "iPhone手机壳 red"),
    ("red 手机", "iPhone手机壳 red"),
    // Cyrillic, Greek and Hangul in Latin letters; the wrong keyboard layout.
    ("науш", "наушники Sony"), ("naushniki s", "наушники Sony"), ("yfeiybrb", "наушники Sony"),
    ("ЫЩТН", "наушники Sony"), ("akoust", "ακουστικά bluetooth"), ("noteubug", "노트북 가방"),
    ("가방", "노트북 가방"), ("노트", "노트북 가방"),
    // Apostrophes, accents, joints.
    ("mens", "Men's Crème Brûlée Set"), ("men’s cre", "Men's Crème Brûlée Set"),
    ("brulee", "Men's Crème Brûlée Set"), ("brülee", "Men's Crème Brûlée Set"),
    ("rtx 40", "RTX-4090 Ti"), ("rtx4090", "RTX-4090 Ti"), ("rtx-4090", "RTX-4090 Ti"),
    // A slip in the first letter, also outside ASCII.
    ("neadphones", "🎧 Headphones"), ("яаушники", "наушники Sony"), ("ehadph", "🎧 Headphones"),
  ])
  func finds(_ query: String, _ expected: String) throws {
    let snapshot = CompletionSnapshot(try completionIndex(ranked(Self.texts)))
    let found = try CompletionSearcher().suggest(query, in: snapshot)
    #expect(found.first?.entry.text == expected, "\(found.map(\.entry.text))")
  }

  @Test(arguments: [
    ("rtx 40", "RTX-4090 Ti", ["RTX-40"]), ("ti rt", "RTX-4090 Ti", ["RT", "Ti"]),
    ("kaffee", "Müller Kaffeemaschine", ["Kaffee"]), ("mül", "Müller Kaffeemaschine", ["Mül"]),
    ("strass", "Straßenkarte", ["Straß"]), ("耳机", "无线耳机", []), ("无线", "无线耳机", ["无线"]),
    ("neadphones", "🎧 Headphones", ["Headphones"]), ("لاسلكية", "سماعات لاسلكية", ["لاسلكية"]),
    ("mens c", "Men's Crème Brûlée Set", ["Men's C"]), ("🎂", "Birthday cake🎂", ["🎂"]),
  ])
  func marksWhatWasTyped(_ query: String, _ text: String, _ parts: [String]) throws {
    let snapshot = CompletionSnapshot(try completionIndex(ranked(Self.texts)))
    let found = try #require(try CompletionSearcher().suggest(query, in: snapshot).first)
    #expect(found.entry.text == text)
    let bytes = Array(text.utf8)
    #expect(found.highlights.map { String(decoding: bytes[$0], as: UTF8.self) } == parts)
  }

  /// What is typed so far must begin what is typed in the end, in every script.
  @Test(arguments: texts)
  func everyBeginningFindsItsText(_ text: String) throws {
    let snapshot = CompletionSnapshot(try completionIndex(ranked(Self.texts)))
    let searcher = try CompletionSearcher()
    for count in 1...text.count {
      let found = searcher.suggest(String(text.prefix(count)), in: snapshot, limit: 20)
      #expect(found.contains { $0.entry.text == text && $0.match == .prefix })
    }
  }
}
