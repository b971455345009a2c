// SPDX-License-Identifier: Apache-2.0

/// What a scalar does to the words around it.
enum ScalarClass {
  case letter, space, control, mark, punctuation, han

  init(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20: self = .space
    case 0x00, 0xFFFD: self = .control
    // Their category has changed since Unicode 8.
    case 0x166D, 0x111C9: self = .punctuation
    case 0x1734: self = .mark
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
      0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      self = .han
    default: self = Self.byCategory(scalar)
    }
  }

  private static func byCategory(_ scalar: Unicode.Scalar) -> ScalarClass {
    let category = scalar.properties.generalCategory
    switch category {
    case .control, .privateUse: return .control
    case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
    case .format, .nonspacingMark, .connectorPunctuation, .dashPunctuation, .openPunctuation,
      .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation:
      guard let age = scalar.properties.age, age.major <= 8 else { return .letter }
      return category == .format ? .control : category == .nonspacingMark ? .mark : .punctuation
    default: return .letter
    }
  }
}
