// SPDX-License-Identifier: Apache-2.0

internal import CPluginRuntime
internal import Ranking

extension Slot {
  /// Writes a batch: as many candidates of the window's head as the memory holds.
  ///
  /// - Parameters:
  ///   - input: The stage's input.
  ///   - needs: What the plugin needs of it.
  ///   - deadline: When the plugin should be done.
  /// - Returns: The number of candidates written; 0 if not even the query's text has room.
  func write(_ input: StageInput, needs: StageNeeds, deadline: UInt64) -> Int {
    var window = input.order.count
    while window > 0 {
      if write(input, needs, deadline, Int(window)) { return window }
      window /= 2
    }
    return 0
  }

  private func write(
    _ input: StageInput,
    _ needs: StageNeeds,
    _ deadline: UInt64,
    _ count: Int
  ) -> Bool {
    var writer = SlotWriter(memory: memory, base: memory.pointee.base)
    let order = input.order.prefix(count)
    martlet_store(cancel, 0)
    martlet_store(scored, 0)
    memory.pointee.chunks = 0
    memory.pointee.error.0 = 0
    memory.pointee.deadline_ns = deadline
    memory.pointee.unix_time_ms = input.context.unixMilliseconds
    memory.pointee.window = UInt32(count)
    // The outputs follow the candidates, where OutputPlaces looks for them.
    guard writeCandidates(input, order, &writer), reserveOutputs(input, count, &writer) else {
      return false
    }
    memory.pointee.ids = 0
    if let identifiers = input.identifiers {
      guard let offset = writer.write(identifiers, order) else { return false }
      memory.pointee.ids = offset
    }
    return write(input.context, shopper: needs.shopper, &writer)
      && writeColumns(input.columns, needs.columns, order, &writer)
  }

  private func writeCandidates(
    _ input: StageInput,
    _ order: ArraySlice<Int>,
    _ writer: inout SlotWriter
  ) -> Bool {
    guard
      let documents = writer.reserve(UInt64.self, order.count),
      let scores = writer.reserve(Double.self, order.count),
      let recall = writer.reserve(Double.self, order.count),
      let places = writer.reserve(UInt32.self, order.count)
    else { return false }
    input.candidates.keys.withUnsafeBufferPointer { keys in
      input.candidates.scores.withUnsafeBufferPointer { first in
        input.scores.withUnsafeBufferPointer { present in
          order.withUnsafeBufferPointer { order in
            for (place, candidate) in order.enumerated() {
              documents[place] = keys[candidate]
              scores[place] = present[candidate]
              recall[place] = first[candidate]
              places[place] = UInt32(truncatingIfNeeded: candidate)
            }
          }
        }
      }
    }
    memory.pointee.documents = writer.offset(documents)
    memory.pointee.scores = writer.offset(scores)
    memory.pointee.recall_scores = writer.offset(recall)
    memory.pointee.recall_positions = writer.offset(places)
    return true
  }

  private func reserveOutputs(_ input: StageInput, _ count: Int, _ writer: inout SlotWriter) -> Bool
  {
    guard
      let scores = writer.reserve(Double.self, count),
      let pins = writer.reserve(UInt32.self, count),
      let reasons = writer.reserve(UInt32.self, count),
      let drops = writer.reserve(UInt8.self, count)
    else { return false }
    memory.pointee.out_scores = writer.offset(scores)
    memory.pointee.out_pins = writer.offset(pins)
    memory.pointee.out_reasons = writer.offset(reasons)
    memory.pointee.out_drops = writer.offset(drops)
    memory.pointee.to_explain = 0
    martlet_store(explained, 0)
    let toExplain = explainable(input.attributions, window: count)
    guard toExplain > 0 else { return true }
    guard let places = writer.reserve(UInt32.self, toExplain),
      let values = writer.reserve(Double.self, toExplain * Int(MARTLET_FEATURES))
    else { return false }
    memory.pointee.to_explain = UInt32(toExplain)
    memory.pointee.explain_ns = input.attributions.nanoseconds
    memory.pointee.out_explained = writer.offset(places)
    memory.pointee.out_attributions = writer.offset(values)
    return true
  }

  private func write(
    _ context: RankingContext,
    shopper isNeeded: Bool,
    _ writer: inout SlotWriter
  ) -> Bool {
    let shopper = isNeeded ? context.shopper : Shopper()
    guard let text = writer.write(context.text), let key = writer.write(shopper.key),
      let collection = writer.write(context.collection),
      let tokens = writer.write(context.tokens),
      let session = writer.write(shopper.session),
      let history = writer.write(shopper.history),
      let interests = writer.write(shopper.interests)
    else { return false }
    memory.pointee.text = text
    memory.pointee.key = key
    memory.pointee.collection = collection
    memory.pointee.tokens = tokens
    (memory.pointee.session, memory.pointee.session_weights) = session
    (memory.pointee.profile, memory.pointee.profile_weights) = history
    (memory.pointee.interests, memory.pointee.interest_weights) = interests
    return true
  }

  private func writeColumns(
    _ columns: [FeatureColumn?],
    _ requests: [FeatureRequest],
    _ order: ArraySlice<Int>,
    _ writer: inout SlotWriter
  ) -> Bool {
    // Rewritten for each query: a helper's memory may have been scribbled on.
    memory.pointee.column_count = UInt32(requests.count)
    guard let stored = martlet_columns(memory) else { return false }
    for (index, request) in requests.enumerated() {
      stored[index].kind = request.kind.rawValue
      let column = index < columns.count ? columns[index] : nil
      guard let place = writer.write(column, as: request.kind, order) else { return false }
      stored[index].values = place.values
      stored[index].starts = place.starts
      stored[index].dimension = place.dimension
    }
    return true
  }

  /// Copies out the scores of the candidates that the worker has published.
  ///
  /// - Parameters:
  ///   - status: The status to give the output.
  ///   - window: The number of candidates that were written.
  /// - Returns: The output; an error if a score is not finite.
  func read(status: StageStatus, window: Int) -> StageOutput {
    let count = min(Int(martlet_load(scored)), window)
    let writer = SlotWriter(memory: memory, base: 0)
    var output = StageOutput(status: status)
    // The arrays' places are computed anew, as `write` did, not read from memory that the worker
    // could have changed.
    let places = OutputPlaces(window: window)
    let scores = writer.array(Double.self, at: places.scores)
    output.scores = [Double](UnsafeBufferPointer(start: scores, count: count))
    // One sum finds any NaN or infinity: they survive multiplication by zero.
    guard output.scores.reduce(0, { $0 + $1 * 0 }) == 0 else {
      let place = output.scores.firstIndex { !$0.isFinite } ?? 0
      return StageOutput(status: .error, message: "The score of candidate \(place) is not finite.")
    }
    output.pins = [UInt32](
      UnsafeBufferPointer(start: writer.array(UInt32.self, at: places.pins), count: count)
    )
    output.reasons = [UInt32](
      UnsafeBufferPointer(start: writer.array(UInt32.self, at: places.reasons), count: count)
    )
    let drops = writer.array(UInt8.self, at: places.drops)
    output.drops = [Bool](unsafeUninitializedCapacity: count) { values, size in
      for place in 0..<count { values[place] = drops[place] != 0 }
      size = count
    }
    return output
  }
}

extension Slot {
  private func explainable(_ limits: AttributionLimits, window: Int) -> Int {
    max(0, min(limits.candidates, window, Int(MARTLET_EXPLAINED)))
  }

  /// What each feature adds to the scores that were explained, by place in the window; nothing where
  /// one of the numbers is not finite.
  func attributions(_ limits: AttributionLimits, window: Int) -> [Int: ScoreAttribution] {
    let wanted = explainable(limits, window: window)
    let count = Int(martlet_load(explained))
    let features = Int(memory.pointee.feature_count)
    let baseline = memory.pointee.baseline
    guard count > 0, count <= wanted, features <= Int(MARTLET_FEATURES),
      baseline.isFinite
    else { return [:] }
    let names = (0..<features).map { name(ofFeature: $0) }
    let writer = SlotWriter(memory: memory, base: 0)
    let places = OutputPlaces(window: window, toExplain: wanted)
    let samples = Int(memory.pointee.samples)
    var result: [Int: ScoreAttribution] = [:]
    for index in 0..<count {
      let place = Int(writer.array(UInt32.self, at: places.explained)[index])
      // Copied before they are looked at: the worker may still write there.
      let start = places.attributions + index * Int(MARTLET_FEATURES) * 8
      let values = [Double](
        UnsafeBufferPointer(start: writer.array(Double.self, at: start), count: features)
      )
      guard place < window, values.allSatisfy(\.isFinite) else { return [:] }
      result[place] = ScoreAttribution(
        baseline: baseline,
        features: zip(names, values).map { ScoreAttribution.Feature(name: $0, value: $1) },
        samples: samples
      )
    }
    return result
  }
}

/// Where the output arrays lie for a window: they follow the four input arrays of fixed size.
private struct OutputPlaces {
  let scores: Int
  let pins: Int
  let reasons: Int
  let drops: Int
  let explained: Int
  let attributions: Int

  init(window: Int, toExplain: Int = 0) {
    var cursor = SlotCursor()
    for size in [8, 8, 8, 4] { _ = cursor.reserve(size * window) }
    scores = cursor.reserve(8 * window) ?? 0
    pins = cursor.reserve(4 * window) ?? 0
    reasons = cursor.reserve(4 * window) ?? 0
    drops = cursor.reserve(window) ?? 0
    explained = cursor.reserve(4 * toExplain) ?? 0
    attributions = cursor.reserve(8 * Int(MARTLET_FEATURES) * toExplain) ?? 0
  }
}
