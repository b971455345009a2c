// SPDX-License-Identifier: Apache-2.0

import Hashing

/// Tells judged queries apart into folds for cross-validation.
///
/// A query's fold follows from its text alone, so that a model's training and its evaluation agree
/// without a file: the first eight bytes of the SHA-256 of its UTF-8, most significant first, modulo
/// the number of folds. In Python: `int(hashlib.sha256(q.encode()).hexdigest()[:16], 16) % folds`.
public struct QueryFolds: Equatable, Sendable {
  /// The number of folds, 1 or more.
  public let count: Int

  /// Creates folds; a number below 1 counts as 1.
  public init(_ count: Int) { self.count = max(1, count) }

  /// The fold of a query, from 0.
  public func fold(of query: String) -> Int {
    let head = Hashing.sha256(Array(query.utf8)).prefix(8)
    return Int(head.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % UInt64(count))
  }
}
