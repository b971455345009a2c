// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// Trains a model file from interactions: settings by validation, singular vectors, then the rows of
/// the filter with their strongest neighbours.
///
/// Holds the interactions in both directions, the singular vectors, and a block of rows a thread. What
/// is done is kept beside the model's path: a training that was interrupted goes on where it stood if
/// it is called with the same interactions and options.
public struct FilterTrainer {
  private static let blockBytes = 64 << 20

  private let interactions: Interactions
  private let options: TrainingOptions
  private let report: (TrainingProgress) -> Void
  /// Rows are made certain to be on disk after so many.
  var rowsBetweenNotes = 4096

  /// A trainer; `report` is called from the calling thread of `train`, a few times a second at most.
  public init(
    _ interactions: Interactions,
    options: TrainingOptions = TrainingOptions(),
    report: @escaping (TrainingProgress) -> Void = { _ in }
  ) {
    self.interactions = interactions
    self.options = options
    self.report = report
  }

  /// Trains and writes the model to `path`.
  ///
  /// - Throws: ``FilterError`` if there is nothing to train on, a factorisation fails, or the file
  ///   cannot be written.
  public func train(to path: String) throws(FilterError) {
    guard interactions.matrix.count > 0 else {
      throw FilterError(.input, "There are no interactions to train on: check the input.")
    }
    let matrix = interactions.matrix.limited(toRow: options.itemsPerUser, seed: options.seed)
    var checkpoint = TrainingCheckpoint(
      path: path,
      fingerprint: TrainingCheckpoint.fingerprint(matrix, options)
    )
    let settings = try chooseSettings(matrix, &checkpoint)
    let graph = TrainingGraph(matrix)
    let factors = try findFactors(graph, settings, &checkpoint)
    try writeRows(FilterRows(graph, settings, factors: factors), settings, path, &checkpoint)
    checkpoint.remove()
  }

  private func chooseSettings(
    _ matrix: SparseMatrix,
    _ checkpoint: inout TrainingCheckpoint
  ) throws(FilterError) -> FilterSettings {
    if let known = options.settings ?? checkpoint.settings {
      return known.limited(to: options.rankLimit(items: matrix.width))
    }
    var best = 0.0
    var search = SettingsSearch(matrix, options) { settings, figure in
      best = max(best, figure)
      report(.tried(settings, figure: figure, best: best))
    }
    let chosen = try search.run()
    try checkpoint.keep(chosen)
    return chosen
  }

  private func findFactors(
    _ graph: TrainingGraph,
    _ settings: FilterSettings,
    _ checkpoint: inout TrainingCheckpoint
  ) throws(FilterError) -> SpectralFactors? {
    report(.chosen(settings))
    guard !settings.isLinear else { return nil }
    let limit = options.rankLimit(items: graph.users.width)
    if let known = checkpoint.factors(items: graph.users.width) { return known }
    let found = try SpectralFactors(
      graph,
      userExponent: settings.spectralUserExponent,
      itemExponent: settings.spectralItemExponent,
      rank: settings.ridgeShare > 0 ? limit : settings.rank,
      threads: options.threads,
      seed: options.seed
    )
    try checkpoint.keep(found)
    return found
  }

  private func writeRows(
    _ rows: FilterRows,
    _ settings: FilterSettings,
    _ path: String,
    _ checkpoint: inout TrainingCheckpoint
  ) throws(FilterError) {
    let items = rows.width
    let nameBytes = interactions.items.reduce(0) { $0 + $1.utf8.count }
    let neighbours = min(options.neighbours, max(1, items - 1))
    guard let layout = ModelLayout(items: items, neighbours: neighbours, nameBytes: nameBytes)
    else { throw FilterError(.input, "There are too many items: train with fewer --neighbours.") }
    let header = ModelHeader(
      layout: layout,
      settings: settings,
      users: interactions.users.count,
      interactions: interactions.matrix.count,
      popularityWeight: 0
    )
    let writer = try ModelWriter(path: path, header: header, resuming: checkpoint.rows > 0)
    let size = max(4, min(256, Self.blockBytes / (4 * items)))
    var done = writer.resumed ? min(checkpoint.rows, items) : 0
    DenseMatrix.useThreads(1)
    while done < items {
      let some = done..<min(items, done + rowsBetweenNotes)
      Parallel.ranges(some.count, by: size, threads: options.threads) { range, _ in
        let numbers = range.map { some.lowerBound + $0 }
        let block = DenseMatrix(rows: numbers.count, width: items)
        rows.write(numbers, to: block)
        for (index, item) in numbers.enumerated() {
          let best = TopItems.of(
            UnsafeBufferPointer(block[index]),
            count: neighbours,
            magnitude: true
          )
          writer.setRow(item, best, weights: block[index])
        }
      }
      done = some.upperBound
      try writer.synchronize()
      try checkpoint.keep(rows: done)
      report(.rows(done, of: items))
    }
    try writer.finish(names: interactions.items, popularity: interactions.popularity)
  }
}

/// How far a training is.
public enum TrainingProgress: Sendable {
  /// Settings were tried on held-out items, with their figure and the best so far.
  case tried(FilterSettings, figure: Double, best: Double)
  /// The settings are chosen; the singular vectors are next.
  case chosen(FilterSettings)
  /// So many items have their neighbours.
  case rows(Int, of: Int)
}
