// SPDX-License-Identifier: Apache-2.0

extension PlanBuilder {
  /// The last place at which a document can be pinned.
  private static var lastPosition: Int { 1_000_000 }

  /// Pins a document at its position, or at the next that is free.
  mutating func pin(_ include: Include, isFiltered: Bool) {
    if let owner = claim("document:" + include.id) {
      note(.pin, .lost, "rule \(owner) already placed or hid document \(include.id)")
      return
    }
    // Positions of a search's own pins are as the shopper's client sent them.
    let wanted = min(max(1, include.position), Self.lastPosition)
    let position = takePosition(wanted)
    let holder = position == wanted ? nil : owners["position:\(wanted)"]?.id
    plan.pins.append(Pin(id: include.id, position: position, isFiltered: isFiltered))
    if let holder {
      note(
        .pin,
        .changed,
        "document \(include.id) at \(position): rule \(holder) has \(wanted)"
      )
    } else {
      note(.pin, .applied, "document \(include.id) at \(position)")
    }
  }

  mutating func hide(_ id: String) {
    if let owner = claim("document:" + id) {
      note(.hide, .lost, "rule \(owner) already placed or hid document \(id)")
    } else {
      plan.hiddenIDs.append(id)
      note(.hide, .applied, "document \(id)")
    }
  }

  /// The search's own hidden hits come last and hide what rules pinned, too.
  mutating func hideForSearch() {
    guard !context.hiddenHits.isEmpty else { return }
    let hidden = Set(context.hiddenHits)
    for pin in plan.pins where hidden.contains(pin.id) {
      note(.hide, .applied, "document \(pin.id), though it was pinned")
    }
    plan.pins.removeAll { hidden.contains($0.id) }
    let known = Set(plan.hiddenIDs)
    plan.hiddenIDs += context.hiddenHits.filter { !known.contains($0) }
  }

  mutating func addBoosts(_ rule: CurationRule, _ bindings: [String: String]) {
    for boost in rule.boosts {
      guard let filter = Placeholder.fill(boost.filter, bindings, quote: Placeholder.filterValue)
      else { continue }
      let action: RuleNote.Action = boost.isBury ? .bury : .boost
      if let owner = claim("boost:" + filter) {
        note(action, .lost, "rule \(owner) already has a factor for \(filter)")
      } else {
        plan.boosts.append(Boost(filter: filter, factor: boost.factor))
        note(action, .applied, "\(filter): scores times \(boost.factor)")
      }
    }
  }

  /// Adds caps; of two for the same hits and places the lower counts.
  mutating func addCaps(_ rule: CurationRule, _ bindings: [String: String]) {
    for var cap in rule.caps {
      if let text = cap.filter {
        guard let filter = Placeholder.fill(text, bindings, quote: Placeholder.filterValue) else {
          continue
        }
        cap.filter = filter
      }
      let what = cap.filter ?? "promoted hits"
      let same = plan.caps.firstIndex { $0.filter == cap.filter && $0.within == cap.within }
      if let same, plan.caps[same].most <= cap.most {
        note(.cap, .lost, "\(what): \(plan.caps[same].most) in the first \(cap.within) are fewer")
      } else {
        if let same { plan.caps[same] = cap } else { plan.caps.append(cap) }
        note(.cap, .applied, "\(what): at most \(cap.most) in the first \(cap.within)")
      }
    }
  }

  /// Takes away the last pins where a cap on promoted hits allows fewer.
  mutating func capPins() {
    for cap in plan.caps where cap.filter == nil {
      let inside = plan.pins.filter { $0.position <= cap.within }.sorted {
        $0.position < $1.position
      }
      guard inside.count > cap.most else { continue }
      let dropped = Set(inside[cap.most...].map(\.id))
      for pin in inside where dropped.contains(pin.id) {
        note(
          .pin,
          .lost,
          "document \(pin.id): at most \(cap.most) promoted hits in the first \(cap.within)",
          by: owners["document:" + pin.id]
        )
      }
      plan.pins.removeAll { dropped.contains($0.id) }
    }
  }
}
