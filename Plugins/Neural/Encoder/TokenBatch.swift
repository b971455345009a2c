// SPDX-License-Identifier: Apache-2.0

/// Texts' tokens side by side, padded to the longest.
struct TokenBatch {
  /// Texts of a batch at most.
  private static let mostTexts = 32
  /// Tokens of a batch at most, padding included: above it a batch is no faster for each token.
  private static let mostTokens = 1024

  /// Which of the texts the rows are.
  var rows: [Int]
  /// Tokens of a row.
  var length: Int

  /// Groups texts by length, so that little is padding.
  ///
  /// - Returns: Batches that hold each text once.
  static func group(_ tokens: [[Int32]]) -> [TokenBatch] {
    let order = tokens.indices.sorted { (tokens[$0].count, $0) < (tokens[$1].count, $1) }
    var batches: [TokenBatch] = []
    for index in order {
      let length = tokens[index].count
      if let last = batches.last, last.rows.count < mostTexts,
        (last.rows.count + 1) * length <= mostTokens
      {
        batches[batches.count - 1].rows.append(index)
        batches[batches.count - 1].length = length
      } else {
        batches.append(TokenBatch(rows: [index], length: length))
      }
    }
    return batches
  }

  /// The tensors of a batch: tokens, 1 for each that counts, and types, which are all 0.
  func tensors(
    _ tokens: [[Int32]],
    padding: Int32
  ) -> (ids: Tensor, mask: Tensor, types: Tensor) {
    let shape = [rows.count, length]
    var ids: [Int64] = []
    var mask: [Int64] = []
    for row in rows {
      let rest = length - tokens[row].count
      ids += tokens[row].map(Int64.init) + Array(repeating: Int64(padding), count: rest)
      mask += Array(repeating: 1, count: tokens[row].count) + Array(repeating: 0, count: rest)
    }
    return (
      Tensor(ids, shape: shape), Tensor(mask, shape: shape),
      Tensor([Int64](repeating: 0, count: ids.count), shape: shape)
    )
  }
}
