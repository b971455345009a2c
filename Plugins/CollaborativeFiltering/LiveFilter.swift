// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A model in service: answers queries while events come in and trainings replace the model.
///
/// Safe to use from any number of threads. Its lock is held to look up a history's rows or to take in
/// one event, never while candidates are scored.
public final class LiveFilter: Sendable {
  private let state: Mutex<FilterUpdates>

  /// Starts with a model and what events since its training add.
  public init(_ updates: FilterUpdates) { state = Mutex(updates) }

  /// The model in service.
  public var model: FilterModel { state.withLock { $0.model } }

  /// Puts another model in service; scorers of the old one keep it until they ask again.
  ///
  /// `updates` has what the events since the new model's training add.
  public func replace(with updates: FilterUpdates) { state.withLock { $0 = updates } }

  /// Takes in that a shopper took an item for the first time, after the items of `past`.
  public func observe(_ name: String, past: [String]) {
    state.withLock { _ = $0.observe(name, past: past) }
  }

  /// Looks at the model and what was added to it, as they are at one moment; be brief.
  func withUpdates<T: Sendable>(_ body: (FilterUpdates) -> T) -> T { state.withLock { body($0) } }

  /// Items that events since the training have touched.
  public var updatedItems: Int { state.withLock { $0.updatedItems } }

  /// The number of the product of that name in the model in service, or new since its training.
  ///
  /// A number is of one model: ask again after a replacement.
  public func number(of name: String) -> UInt32? { state.withLock { $0.number(of: name) } }

  /// What is known of a shopper with that history, by product names; unknown products are left out.
  public func shopper(_ history: [(name: String, weight: Float)]) -> Shopper {
    shopper(history, candidates: []).shopper
  }

  /// What is known of a shopper, and the numbers of candidates in the same model; nil for one that is
  /// not known.
  public func shopper(
    _ history: [(name: String, weight: Float)],
    candidates: [String?]
  ) -> (shopper: Shopper, candidates: [UInt32?]) {
    state.withLock { updates in
      let items = history.compactMap { one in
        updates.number(of: one.name).map { HistoryItem($0, weight: one.weight) }
      }
      let shopper = Shopper(
        model: updates.model,
        history: items,
        additions: updates.additions(for: items)
      )
      return (shopper, candidates.map { $0.flatMap(updates.number) })
    }
  }
}

/// A shopper's history in the numbers of one model, with what newer events add.
public struct Shopper: Sendable {
  /// The model that the numbers are of.
  public let model: FilterModel
  /// The items of the history that are known.
  public let history: [HistoryItem]
  let additions: [ItemWeight]

  /// The scores of candidates by number, 0 for a number that is no item.
  ///
  /// `scorer` is the calling thread's own; it is made anew where it is of another model.
  public func scores(of candidates: [UInt32], scorer: inout FilterScorer) -> [Float] {
    if scorer.model !== model { scorer = FilterScorer(model) }
    return scorer.scores(of: candidates, history: history, adding: additions)
  }
}
