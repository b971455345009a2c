// SPDX-License-Identifier: Apache-2.0

internal import CRankingPlugin

/// One batch of candidates in columns, best first; valid inside the call.
public struct PluginCandidates {
  let batch: UnsafePointer<rp_batch>

  /// The number of candidates.
  public var count: Int { Int(batch.pointee.count) }
  /// The place of the first of them in the whole order, 0 being the best.
  public var first: Int { Int(batch.pointee.first) }
  /// Scores after the stage before.
  public var scores: UnsafeBufferPointer<Double> { buffer(batch.pointee.scores) }
  /// Scores of text relevance.
  public var recallScores: UnsafeBufferPointer<Double> { buffer(batch.pointee.recall_scores) }
  /// Places in the order of text relevance, 0 being the best.
  public var recallPositions: UnsafeBufferPointer<UInt32> {
    buffer(batch.pointee.recall_positions)
  }
  /// Numbers that tell documents apart within this query.
  public var documents: UnsafeBufferPointer<UInt64> { buffer(batch.pointee.documents) }

  /// A candidate's identifier; nil unless the descriptor asks for identifiers.
  public func identifier(_ candidate: Int) -> String? {
    precondition(candidate < count, "there are \(count) candidates")
    return batch.pointee.ids.flatMap { $0[candidate].string }
  }

  /// A column's numbers, NaN where a document lacks one.
  public subscript(column: NumberColumn) -> UnsafeBufferPointer<Double> {
    buffer(self.column(column.index).pointee.numbers)
  }

  /// A column's string of a candidate, or nil.
  public subscript(column: StringColumn, candidate: Int) -> String? {
    precondition(candidate < count, "there are \(count) candidates")
    return self.column(column.index).pointee.strings[candidate].string
  }

  /// A column's strings of a candidate.
  public subscript(column: StringsColumn, candidate: Int) -> [String] {
    precondition(candidate < count, "there are \(count) candidates")
    let column = self.column(column.index).pointee
    return (column.starts[candidate]..<column.starts[candidate + 1]).compactMap {
      column.strings[Int($0)].string
    }
  }

  /// A column's vector of a candidate, or nil.
  public subscript(column: VectorColumn, candidate: Int) -> UnsafeBufferPointer<Float>? {
    precondition(candidate < count, "there are \(count) candidates")
    let column = self.column(column.index).pointee
    guard let start = column.vectors, column.dimension > 0 else { return nil }
    let dimension = Int(column.dimension)
    let vector = UnsafeBufferPointer(start: start + candidate * dimension, count: dimension)
    return vector[0].isNaN ? nil : vector
  }

  private func buffer<T>(_ start: UnsafePointer<T>?) -> UnsafeBufferPointer<T> {
    UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
  }

  private func column(_ index: Int) -> UnsafePointer<rp_column> {
    guard index < Int(batch.pointee.column_count), let column = batch.pointee.columns[index] else {
      preconditionFailure("the server gives every column that was asked for")
    }
    return column
  }
}

/// Where a batch's scores go; valid inside the call.
public struct PluginOutput {
  let output: UnsafeMutablePointer<rp_output>
  let count: Int

  /// The candidates' scores: their present ones at first, to be left or replaced by finite numbers.
  public var scores: UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(start: output.pointee.scores, count: count)
  }

  /// Takes a candidate out of the answer.
  public func drop(_ candidate: Int) {
    precondition(candidate < count, "there are \(count) candidates")
    output.pointee.drops[candidate] = 1
  }

  /// Asks for a place of the answer, 1 being the first.
  public func pin(_ candidate: Int, to place: Int) {
    precondition(candidate < count, "there are \(count) candidates")
    output.pointee.pins[candidate] = UInt32(clamping: place)
  }

  /// Gives a reason of the descriptor for a candidate's score.
  public func explain(_ candidate: Int, _ reason: UInt32) {
    precondition(candidate < count, "there are \(count) candidates")
    output.pointee.reasons[candidate] = reason
  }
}
