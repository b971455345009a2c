// SPDX-License-Identifier: Apache-2.0

/// The type of a feature column that a plugin asks for.
public enum FeatureKind: UInt32, Sendable {
  case number = 1
  case string
  case strings
  case vector
}

/// A feature that a stage asks for.
public struct FeatureRequest: Hashable, Sendable {
  /// The field's name.
  public var name: String
  /// The type that the stage expects.
  public var kind: FeatureKind

  /// Creates a request.
  public init(name: String, kind: FeatureKind) {
    self.name = name
    self.kind = kind
  }
}

/// Strings laid end to end, so that a column of a thousand is two allocations.
public struct TextColumn: Equatable, Sendable {
  /// All strings' UTF-8.
  public private(set) var bytes: [UInt8] = []
  /// Where each string ends; negative for a missing one, whose end is the one's complement.
  public private(set) var ends: [Int] = []

  /// Creates an empty column.
  public init() {}

  /// Creates a column of the given strings, nil for missing.
  public init(_ strings: [String?]) {
    for string in strings {
      if let string { append(string.utf8) } else { appendMissing() }
    }
  }

  /// The number of strings.
  public var count: Int { ends.count }

  /// Appends a string given as UTF-8.
  public mutating func append(_ utf8: some Sequence<UInt8>) {
    bytes.append(contentsOf: utf8)
    ends.append(bytes.count)
  }

  /// Appends a missing value.
  public mutating func appendMissing() { ends.append(~bytes.count) }

  /// Where string `index` lies in ``bytes``, or nil if it is missing.
  public func range(_ index: Int) -> Range<Int>? {
    let end = ends[index]
    guard end >= 0 else { return nil }
    guard index > 0 else { return 0..<end }
    let before = ends[index - 1]
    return (before < 0 ? ~before : before)..<end
  }
}

/// A feature of each of a list of candidates.
public enum FeatureColumn: Equatable, Sendable {
  /// A number each; NaN is missing.
  case numbers([Double])
  /// A string each.
  case strings(TextColumn)
  /// Candidate i has the strings from starts[i] up to starts[i + 1].
  case lists(starts: [Int], TextColumn)
  /// `dimension` floats each; a missing vector starts with NaN.
  case vectors(dimension: Int, [Float])

  /// The type that the column fits.
  public var kind: FeatureKind {
    switch self {
    case .numbers: .number
    case .strings: .string
    case .lists: .strings
    case .vectors: .vector
    }
  }

  /// Whether the column holds exactly `count` well-formed values.
  func fits(_ count: Int) -> Bool {
    switch self {
    case .numbers(let values): values.count == count
    case .strings(let texts): texts.count == count
    case .lists(let starts, let texts):
      starts.count == count + 1 && starts.first == 0 && starts.last == texts.count
        && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
    case .vectors(let dimension, let values):
      dimension > 0 && values.count == count * dimension
    }
  }
}

/// Where candidates' features come from.
public protocol FeatureSource {
  /// The identifiers of documents, in the order of `keys`.
  func identifiers(of keys: [UInt64]) -> TextColumn

  /// A feature of documents, in the order of `keys`; nil if there is no such field of this type.
  func column(_ request: FeatureRequest, of keys: [UInt64]) -> FeatureColumn?
}
