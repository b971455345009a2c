// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// What events since a training add to a model's weights.
///
/// The linear filter is a sum over users, so a new interaction adds terms to it: between the new item
/// and each item of the shopper's history, both ways, scaled by the counts as they are when the event
/// comes. Terms between old items are not scaled again, and the low-pass filter stays as it was
/// trained: the next training does both. Products that the model does not have get the next numbers.
///
/// Each item keeps its strongest `neighbours` additions, and one event looks at the last `history`
/// items, so that memory and time are bounded: 8 bytes · neighbours an item that had events.
public struct FilterUpdates: Sendable {
  /// The model that the additions are to.
  public let model: FilterModel
  private let neighbours: Int
  private let history: Int
  private var rows: [UInt32: [ItemWeight]] = [:]
  private var counts: [UInt32: UInt32] = [:]
  private var newNumbers: [String: UInt32] = [:]
  private var newNames: [String] = []

  /// No additions yet.
  public init(to model: FilterModel, neighbours: Int = 64, history: Int = 100) {
    self.model = model
    self.neighbours = max(1, neighbours)
    self.history = max(0, history)
  }

  /// The number of the item of that name, in the model or new since.
  public func number(of name: String) -> UInt32? { newNumbers[name] ?? model.number(of: name) }

  /// The name of an item of the model or new since.
  public func name(of item: UInt32) -> String? {
    let place = Int(item) - model.count
    return newNames.indices.contains(place) ? newNames[place] : model.name(of: item)
  }

  /// Items that had an interaction since the training.
  public var updatedItems: Int { counts.count }

  /// The interactions with an item, trained on and since.
  public func popularity(of item: UInt32) -> Int {
    (Int(item) < model.count ? Int(model.popularity[Int(item)]) : 0) + Int(counts[item] ?? 0)
  }

  /// Takes in that a shopper took an item for the first time; `past` is the shopper's history before
  /// that, oldest first.
  ///
  /// - Returns: The item's number.
  @discardableResult
  public mutating func observe(_ name: String, past: [String]) -> UInt32 {
    let item = numbered(name)
    counts[item, default: 0] += 1
    let settings = model.settings
    // Of a longer history the length counts, though only its end is looked at.
    let user = pow(Float(past.count + 1), -settings.userExponent)
    func terms(_ item: UInt32) -> (history: Float, candidate: Float) {
      let count = Float(max(1, popularity(of: item)))
      return (pow(count, -settings.historyExponent), pow(count, -settings.candidateExponent))
    }
    let own = terms(item)
    for name in past.suffix(history) {
      let other = numbered(name)
      guard other != item else { continue }
      let its = terms(other)
      add(user * its.history * own.candidate, from: other, to: item)
      add(user * own.history * its.candidate, from: item, to: other)
    }
    return item
  }

  /// What the additions say for items, given a history; an item may come several times.
  public func additions(for history: [HistoryItem]) -> [ItemWeight] {
    history.flatMap { past in
      (rows[past.item] ?? []).map { ItemWeight($0.item, $0.weight * past.weight) }
    }
  }

  private mutating func numbered(_ name: String) -> UInt32 {
    if let known = number(of: name) { return known }
    let number = UInt32(model.count + newNames.count)
    newNumbers[name] = number
    newNames.append(name)
    return number
  }

  private mutating func add(_ weight: Float, from item: UInt32, to other: UInt32) {
    var row = rows.removeValue(forKey: item) ?? []
    if let place = row.firstIndex(where: { $0.item == other }) {
      row[place].weight += weight
    } else if row.count < neighbours {
      row.append(ItemWeight(other, weight))
    } else if let weakest = row.indices.min(by: { row[$0].weight < row[$1].weight }),
      row[weakest].weight <= weight
    {
      row[weakest] = ItemWeight(other, weight)
    }
    rows[item] = row
  }
}
