// SPDX-License-Identifier: Apache-2.0

/// Text typed with another keyboard layout switched on than was meant.
enum KeyboardLayout {
  private static let latin = Array("qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
  private static let cyrillic = Array("йцукенгшщзхъфывапролджэячсмитьбюё")
  private static let toCyrillic = Dictionary(uniqueKeysWithValues: zip(latin, cyrillic))
  private static let toLatin = Dictionary(uniqueKeysWithValues: zip(cyrillic, latin))

  /// What the same keys give on the other layout, Latin or Russian; nil if no key differs.
  static func other(_ text: String) -> String? {
    let lower = text.lowercased()
    let table = lower.contains { toLatin[$0] != nil } ? toLatin : toCyrillic
    let swapped = String(lower.map { table[$0] ?? $0 })
    return swapped == lower ? nil : swapped
  }
}
