// SPDX-License-Identifier: Apache-2.0

/// The most popular completion, the plainest way to complete a query: of the queries that start with
/// what was typed, those sent most often; of equals, the first in the alphabet.
struct PopularCompletions {
  private var texts: [String] = []
  private var counts: [Int] = []
  private var numbers: [String: Int] = [:]
  /// Queries by each of their first characters, up to the longest of the lengths looked up.
  private var byPrefix: [String: [Int]] = [:]
  /// Queries that are as good as the same.
  private var alike: [[UInt8]: [Int]] = [:]

  /// Counts a query.
  mutating func count(_ text: String, _ fingerprint: [UInt8]) {
    if let number = numbers[text] {
      counts[number] += 1
      return
    }
    let number = texts.count
    numbers[text] = number
    texts.append(text)
    counts.append(1)
    alike[fingerprint, default: []].append(number)
    for length in SuggestionEvaluation.lengths where text.count >= length {
      byPrefix[String(text.prefix(length)), default: []].append(number)
    }
  }

  /// The place, from 1, of the first query of a fingerprint among those that start with a text; nil if
  /// it is none of the first `depth`.
  func rank(of fingerprint: [UInt8], typed: String, depth: Int) -> Int? {
    let found = byPrefix[typed] ?? []
    let ranks = (alike[fingerprint] ?? []).filter { texts[$0].hasPrefix(typed) }.map { number in
      1 + found.count { precedes($0, number) }
    }
    return ranks.min().flatMap { $0 <= depth ? $0 : nil }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    counts[a] != counts[b] ? counts[a] > counts[b] : texts[a] < texts[b]
  }
}
