// SPDX-License-Identifier: Apache-2.0

/// A filter expression read without a schema, to tell whether one filter implies another.
indirect enum FilterCondition: Equatable, Sendable {
  case all([FilterCondition])
  case any([FilterCondition])
  case not(FilterCondition)
  case clause(Clause)

  /// One field and the values of which a document must have one.
  struct Clause: Equatable, Sendable {
    var field: String
    /// Whether it is `:=`, whole values, rather than `:`, words of values.
    ///
    /// Numbers make no difference.
    var isWhole: Bool
    var items: [Item]
  }

  /// One value of a clause.
  struct Item: Equatable, Sendable {
    /// The value, lower-case; without the star of a prefix.
    var text: String
    /// Whether ``text`` is a prefix of the value.
    var isPrefix = false
    /// The numbers that it stands for, if it reads as some.
    var range: NumberRange?
    /// Whether it is a placeholder, whose name ``text`` is.
    var isPlaceholder = false
    /// The value as it was written.
    var source = ""
  }

  /// Numbers from `low` to `high`, ends included unless open.
  struct NumberRange: Equatable, Sendable {
    var low = -Double.infinity
    var high = Double.infinity
    var isLowOpen = false
    var isHighOpen = false

    /// The one number in it, or nil.
    var point: Double? { low == high && !isLowOpen && !isHighOpen ? low : nil }

    /// Whether `other` holds numbers and each of them is one of these.
    ///
    /// A range turned round holds none, and would be in ranges that rules are not looked up by.
    func contains(_ other: NumberRange) -> Bool {
      other.low <= other.high
        && (low < other.low || (low == other.low && (!isLowOpen || other.isLowOpen)))
        && (high > other.high || (high == other.high && (!isHighOpen || other.isHighOpen)))
    }
  }

  /// The parts that must all hold.
  var conjuncts: [FilterCondition] {
    if case .all(let parts) = self { parts } else { [self] }
  }
}

extension FilterCondition.Item {
  /// The words of a value: runs of letters and digits.
  static func words(_ text: String) -> [Substring] {
    text.split { !($0.isLetter || $0.isNumber) }
  }
}
