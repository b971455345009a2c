// SPDX-License-Identifier: Apache-2.0

import CICU

/// What a Unicode scalar is to a search box.
public enum Scalars {
  /// How a script is spelled in Latin letters.
  public enum LatinSpelling: Int32, Sendable {
    case none = 0
    case bySound
    case bySyllable
  }

  /// Whether a scalar is a picture such as an emoji.
  public static func isPictograph(_ scalar: Unicode.Scalar) -> Bool {
    martlet_is_pictograph(Int32(scalar.value)) != 0
  }

  /// Whether a scalar is a letter, a digit or a mark on one.
  public static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    Folding.isWordScalar(Int32(scalar.value))
  }

  /// The value of a decimal digit of any script; nil if it is none.
  public static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
    UInt8(exactly: martlet_digit(Int32(scalar.value)))
  }

  /// Whether words of the scalar's script are found with a dictionary, not by spaces.
  public static func needsDictionary(_ scalar: Unicode.Scalar) -> Bool {
    martlet_needs_dictionary(Int32(scalar.value)) != 0
  }

  /// How the scalar's script is spelled in Latin letters.
  public static func latinSpelling(_ scalar: Unicode.Scalar) -> LatinSpelling {
    LatinSpelling(rawValue: martlet_latin_spelling(Int32(scalar.value))) ?? .none
  }
}
