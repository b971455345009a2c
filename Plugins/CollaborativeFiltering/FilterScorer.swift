// SPDX-License-Identifier: Apache-2.0

internal import CFilterKernels

/// One item of a shopper's history and how much it counts.
public struct HistoryItem: Sendable, Equatable {
  /// The item's number in the model; a number that is no item is passed over.
  public var item: UInt32
  /// 1 for a plain interaction; less for an old or weak one.
  public var weight: Float

  /// An item that counts in full unless said otherwise.
  public init(_ item: UInt32, weight: Float = 1) {
    self.item = item
    self.weight = weight
  }
}

/// An item and what speaks for it.
public struct ItemWeight: Sendable, Equatable {
  /// The item's number.
  public var item: UInt32
  /// How much, in the units of a model's scores.
  public var weight: Float

  /// An item with its weight.
  public init(_ item: UInt32, _ weight: Float) {
    self.item = item
    self.weight = weight
  }
}

/// Scores items for a shopper from the shopper's history.
///
/// Holds the working memory, two or six bytes an item: use one for each thread, again and again.
public struct FilterScorer: Sendable {
  /// The first slot of a candidate: those below take what is said for everybody else.
  private static let firstSlot = 16
  /// Candidates of one pass: a slot takes 16 bits.
  private static let slotLimit = Int(UInt16.max) - firstSlot

  /// The model that scores.
  public let model: FilterModel
  private var slots: [UInt16]
  private var sums: [Float] = []

  /// A scorer over a model.
  public init(_ model: FilterModel) {
    self.model = model
    slots = Array(repeating: 0, count: model.count)
  }

  /// The score of each candidate; 0 for a number that is no item.
  ///
  /// Equal candidates get equal scores. `adding` has what newer events add to items' scores, where
  /// an item may come several times. O(candidates + history · neighbours + additions).
  public mutating func scores(
    of candidates: [UInt32],
    history: [HistoryItem],
    adding additions: [ItemWeight] = []
  ) -> [Float] {
    let newest = additions.reduce(into: slots.count) { $0 = max($0, Int($1.item) + 1) }
    if newest > slots.count {
      slots.append(contentsOf: repeatElement(0, count: newest - slots.count))
    }
    var scores = [Float](repeating: 0, count: candidates.count)
    for start in stride(from: 0, to: candidates.count, by: Self.slotLimit) {
      let end = min(candidates.count, start + Self.slotLimit)
      score(candidates[start..<end], history, additions, into: &scores)
    }
    return scores
  }

  private mutating func score(
    _ candidates: ArraySlice<UInt32>,
    _ history: [HistoryItem],
    _ additions: [ItemWeight],
    into scores: inout [Float]
  ) {
    sums.removeAll(keepingCapacity: true)
    sums.append(contentsOf: repeatElement(0, count: Self.firstSlot))
    for candidate in candidates where Int(candidate) < slots.count && slots[Int(candidate)] == 0 {
      slots[Int(candidate)] = UInt16(sums.count)
      sums.append(model.prior(Int(candidate)))
    }
    let (items, codes) = (model.neighbourItems, model.codes)
    for past in history where Int(past.item) < model.count {
      let start = Int(past.item) * model.layout.neighbours
      guard let base = items.baseAddress, let code = codes.baseAddress else { continue }
      martlet_scatter_slots(
        &sums,
        slots,
        base + start,
        code + start,
        Int(model.counts[Int(past.item)]),
        past.weight * model.factors[Int(past.item)]
      )
    }
    for addition in additions where slots[Int(addition.item)] != 0 {
      sums[Int(slots[Int(addition.item)])] += addition.weight
    }
    for index in candidates.indices where Int(candidates[index]) < slots.count {
      scores[index] = sums[Int(slots[Int(candidates[index])])]
    }
    for candidate in candidates where Int(candidate) < slots.count { slots[Int(candidate)] = 0 }
  }

  /// The score of every item, by number.
  ///
  /// O(items + history · neighbours).
  public func allScores(history: [HistoryItem]) -> [Float] {
    var scores = (0..<model.count).map { model.prior($0) }
    let (items, codes) = (model.neighbourItems, model.codes)
    for past in history where Int(past.item) < model.count {
      let start = Int(past.item) * model.layout.neighbours
      guard let base = items.baseAddress, let code = codes.baseAddress else { continue }
      martlet_scatter_codes(
        &scores,
        base + start,
        code + start,
        Int(model.counts[Int(past.item)]),
        past.weight * model.factors[Int(past.item)]
      )
    }
    return scores
  }

  /// The best items that are not in the history, best first.
  ///
  /// O(items · log count).
  public func recommend(_ count: Int, history: [HistoryItem]) -> [UInt32] {
    var scores = allScores(history: history)
    for past in history where Int(past.item) < scores.count { scores[Int(past.item)] = -.infinity }
    return TopItems.of(scores, count: max(0, count))
  }
}
