// SPDX-License-Identifier: Apache-2.0

public import SearchIndex
import Synchronization

/// The values of a collection's fields, for placeholders; keep one for each collection.
///
/// A segment's values are read once, when a rule first needs them, and forgotten with the segment, so
/// new documents' values are known to the next search at the cost of their own segment. Thread-safe.
public final class CollectionValues: Sendable {
  private struct Key: Hashable {
    var segment: UInt64
    var field: String
  }

  private let known = Mutex<[Key: FieldVocabulary]>([:])

  /// Creates an empty store of values.
  public init() {}

  /// The values of fields as of a snapshot of the collection; nil if no field is asked for.
  ///
  /// - Throws: `IndexError` if ICU's data is missing.
  public func values(
    of fields: Set<String>,
    in snapshot: Snapshot
  ) throws -> (any FieldValues)? {
    guard !fields.isEmpty else { return nil }
    let segments = snapshot.segments.map(\.id)
    var found: [FieldVocabulary] = []
    for segment in segments {
      for field in fields {
        let key = Key(segment: segment, field: field)
        if let vocabulary = known.withLock({ $0[key] }) {
          found.append(vocabulary)
        } else if let strings = snapshot.distinctStrings(field, inSegment: segment) {
          let made = try AnalyzerPool.withAnalyzer {
            FieldVocabulary([field: strings], analyzer: $0)
          }
          known.withLock { $0[key] = made }
          found.append(made)
        }
      }
    }
    let live = Set(segments)
    known.withLock { known in
      if known.keys.contains(where: { !live.contains($0.segment) }) {
        known = known.filter { live.contains($0.key.segment) }
      }
    }
    return JoinedValues(parts: found)
  }
}

/// Values of several segments.
private struct JoinedValues: FieldValues {
  let parts: [FieldVocabulary]

  func runs(
    of field: String,
    in terms: [String],
    at position: Int
  ) -> [(
    length: Int, value: String
  )] {
    var lengths: Set<Int> = []
    let all = parts.flatMap { $0.runs(of: field, in: terms, at: position) }
    return all.sorted { $0.length > $1.length }.filter { lengths.insert($0.length).inserted }
  }
}
