// SPDX-License-Identifier: Apache-2.0

extension Ledger {
  /// Counts an event, or with `sign` -1 takes back what it was counted as.
  func apply(_ record: LogRecord, sign: Float, _ rules: RuleBook) throws {
    guard record.flags.isDisjoint(with: [.excluded, .expired]) else { return }
    let time = record.seconds
    switch record.kind {
    case .search: try search(record, sign, time)
    case .impression:
      for (index, item) in record.items.enumerated() where record.position > 0 {
        try show(record.query, item.product, Int(record.position) + index, sign, time)
      }
    case .view, .click, .addToCart: try touch(record, sign, time)
    case .purchase: try purchase(record, sign, time)
    case .custom: break
    }
    for (rule, subject) in zip(record.rules, record.subjects) {
      try count(record, rule, subject, sign, rules)
    }
    for (rule, subject) in record.withdrawn {
      guard let kind = rules[rule]?.definition.kind else { continue }
      // Before records told subjects, only popular queries were taken back.
      if kind == .popularQueries || kind == .noHitQueries && record.flags.contains(.hasSubjects) {
        try count(record, subject, under: rule, -sign)
      }
    }
  }

  private func search(_ record: LogRecord, _ sign: Float, _ time: UInt32) throws {
    if record.flags.contains(.counted) {
      let query = try self.query(record.query)
      let hasNoHits = record.flags.contains(.hasResults) && record.items.isEmpty
      query.value.count(sign, hasNoHits: hasNoHits, at: time, options.halfLives)
      try mixture(record.collection).value.count(sign, at: time, options.halfLives)
      if sign > 0 {
        query.value.met(record.shopper, atMost: options.shoppersKept)
      } else {
        query.value.forget(record.shopper)
      }
      if record.fromQuery != 0, record.fromQuery != record.query {
        try neighbour(.next, record.fromQuery, record.query, sign, time)
      }
    }
    if record.collapsed != 0 {
      try query(record.collapsed).value.count(
        -sign,
        hasNoHits: false,
        at: time,
        options.halfLives
      )
      try mixture(record.collection).value.count(-sign, at: time, options.halfLives)
      if record.fromQuery != 0, record.fromQuery != record.collapsed {
        try neighbour(.next, record.fromQuery, record.collapsed, -sign, time)
      }
    }
    let first = max(1, Int(record.position))
    for (index, item) in record.items.enumerated() {
      try show(record.query, item.product, first + index, sign, time)
    }
  }

  /// Counts a product as shown, by the chance that its position is looked at.
  private func show(
    _ query: UInt32,
    _ product: UInt32,
    _ position: Int,
    _ sign: Float,
    _ time: UInt32
  ) throws {
    let examined = sign * propensities[position]
    try self.product(product, .of(.examined, examined), time)
    if query != 0 {
      try shown(query).value.add(product, [examined, 0, 0, 0], at: time, options.halfLives)
    }
  }

  private func touch(_ record: LogRecord, _ sign: Float, _ time: UInt32) throws {
    guard record.flags.contains(.counted) else { return }
    let (count, weight, column): (Counters.Count, Float, Int) =
      switch record.kind {
      case .click: (.clicks, 1, 1)
      case .addToCart: (.carts, 3, 2)
      default: (.searches, 1, 0)
      }
    for item in record.items {
      try product(item.product, .of(count, sign) + .of(.trend, sign * weight), time)
      if item.query != 0, column > 0 {
        if record.flags.contains(.unseen), record.kind == .click {
          try show(item.query, item.product, max(1, Int(record.position)), sign, time)
        }
        var counts = SIMD4<Float>.zero
        counts[column] = sign
        try shown(item.query).value.add(item.product, counts, at: time, options.halfLives)
        try query(item.query).value.counters.add(.of(count, sign), at: time, options.halfLives)
      }
      for partner in record.partners where partner != item.product {
        try neighbour(.visited, item.product, partner, sign, time)
        try neighbour(.visited, partner, item.product, sign, time)
      }
    }
  }

  private func purchase(_ record: LogRecord, _ sign: Float, _ time: UInt32) throws {
    for (index, item) in record.items.enumerated() {
      let units = Float(item.quantity)
      try product(
        item.product,
        .of(.purchases, sign) + .of(.noHits, sign * units)
          + .of(.revenue, sign * units * item.price) + .of(.trend, sign * 5),
        time
      )
      if item.query != 0 {
        try shown(item.query).value.add(item.product, [0, 0, 0, sign], at: time, options.halfLives)
        try query(item.query).value.counters.add(
          .of(.purchases, sign),
          at: time,
          options.halfLives
        )
      }
      let others = record.partners + record.items[..<index].map(\.product)
      for other in others where other != item.product {
        try neighbour(.bought, item.product, other, sign, time)
        try neighbour(.bought, other, item.product, sign, time)
      }
    }
  }

  private func count(
    _ record: LogRecord,
    _ rule: UInt32,
    _ subject: UInt32,
    _ sign: Float,
    _ rules: RuleBook
  ) throws {
    guard let rule = rules[rule] else { return }
    let time = record.seconds
    switch rule.definition.kind {
    case .popularQueries, .noHitQueries:
      guard record.flags.contains(.counted) else { return }
      try count(record, subject, under: rule.number, sign)
      guard subject != record.query else { return }
      if sign > 0 {
        try query(subject).value.met(record.shopper, atMost: options.shoppersKept)
      } else {
        try forget(record.shopper, of: subject)
      }
    case .counter:
      for item in record.items {
        let weight = Double(sign) * rule.definition.weight
        try ruleCount(rule.number, item.product).value.add(weight, at: time)
      }
    case .log: break
    }
  }

  /// Counts a search under a rule; a form of a query has counts of its own, by which it is forgotten in
  /// time as queries are.
  private func count(
    _ record: LogRecord,
    _ subject: UInt32,
    under rule: UInt32,
    _ sign: Float
  ) throws {
    let time = record.seconds
    try ruleCount(rule, subject).value.add(Double(sign), at: time)
    guard subject != record.query, subject != record.collapsed else { return }
    try query(subject).value.count(sign, hasNoHits: false, at: time, options.halfLives)
  }
}
