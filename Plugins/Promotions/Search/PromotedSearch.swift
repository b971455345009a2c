// SPDX-License-Identifier: Apache-2.0
//
//   let search = try PromotedSearch(plan, of: request, in: snapshot)
//   let recall = try snapshot.recall(search.request, window: search.window)
//   var pool = try search.pool(of: recall, in: snapshot)
//   ... ranking may change pool.scores ...
//   let result = try snapshot.result(of: recall, order: search.order(pool, in: snapshot))
//
// Pages agree with each other: what is reordered is always the same head of the list, whatever page
// is asked for, and the rest follows in its own order.

public import SearchIndex

/// A plan put to work on a search of one collection.
public struct PromotedSearch {
  /// The plan, with notes on what this search cannot have.
  public private(set) var plan: PromotionPlan
  /// The search to recall: query, filter, order, pins and hidden ids as the plan has them.
  public private(set) var request: SearchRequest
  /// What relevance counts where results are spread, 0...1.
  public var diversityLambda = 0.5
  private var layout = PinLayout([], shown: [], preservesPositions: true)

  /// Applies a plan to a search.
  ///
  /// - Parameters:
  ///   - plan: The plan; it holds the search's own pins and hidden hits (see
  ///     ``SearchContext/pinnedHits``).
  ///   - request: The search as the shopper sent it; its pins give way to the plan's.
  ///   - snapshot: The collection.
  /// - Throws: `IndexError` if the request itself is at fault; what of a rule does not fit the
  ///   collection's schema is left out, and the plan's explanation says so.
  public init(_ plan: PromotionPlan, of request: SearchRequest, in snapshot: Snapshot) throws {
    (self.plan, self.request) = (plan, request)
    dropWhatDoesNotFit(snapshot)
    let plan = self.plan
    self.request.query = plan.query ?? request.query
    self.request.filter = plan.combinedFilter(with: request.filter)
    self.request.sort = plan.sort ?? request.sort
    self.request.hiddenIDs += plan.hiddenIDs
    // Factors and likeness count against scores that tell how much better a hit is.
    if isByRelevance, !plan.boosts.isEmpty || plan.diversity != nil { self.request.tiers = nil }
    try placePins(in: snapshot)
    noteWhatCannotBe()
  }

  /// Takes out filters and orders that name unknown fields or the wrong kind of value: a rule may be
  /// at fault, and shoppers must have their answer.
  private mutating func dropWhatDoesNotFit(_ snapshot: Snapshot) {
    var faults: [(RuleNote.Action, String)] = []
    func fits(_ text: String?, _ action: RuleNote.Action, _ test: (String) throws -> Void) -> Bool {
      guard let text else { return true }
      do { try test(text) } catch {
        faults.append((action, "\(text): \(error)"))
        return false
      }
      return true
    }
    func isFilter(_ text: String) throws { _ = try snapshot.satisfying(text, of: []) }
    plan.filters = plan.filters.filter { fits($0, .filter, isFilter) }
    plan.boosts = plan.boosts.filter { fits($0.filter, .boost, isFilter) }
    plan.caps = plan.caps.filter { fits($0.filter, .cap, isFilter) }
    if !fits(plan.pins.lazy.compactMap(\.requirement).first, .stock, isFilter) {
      for index in plan.pins.indices { plan.pins[index].requirement = nil }
    }
    let isSort = { (text: String) in
      var nothing = SearchRequest()
      (nothing.sort, nothing.hiddenIDs, nothing.filter) = (text, [], "id:``")
      _ = try snapshot.recall(nothing)
    }
    if !fits(plan.sort, .sort, isSort) { plan.sort = nil }
    for (action, detail) in faults { note(action, detail) }
  }

  /// The candidates to recall, for every page the same at least.
  public var window: Int { isReordered ? PromotionPlan.capWindow : 0 }

  /// Whether hits come by score, so that factors mean something.
  private var isByRelevance: Bool { request.groupBy.isEmpty && request.isByRelevance }

  /// Whether boosts, caps or spreading have anything to do.
  public var isReordered: Bool {
    guard request.groupBy.isEmpty else { return false }
    return !plan.caps.isEmpty || isByRelevance && (!plan.boosts.isEmpty || plan.diversity != nil)
  }

  private mutating func placePins(in snapshot: Snapshot) throws {
    let ids = plan.pins.map(\.id)
    if request.filtersPinned {
      for index in plan.pins.indices { plan.pins[index].isFiltered = true }
    }
    let isPlain =
      plan.preservesPositions && plan.caps.isEmpty
      && plan.pins.allSatisfy { !$0.isFiltered && $0.requirement == nil }
    var shown = Set(ids)
    if !isPlain {
      let existing = try snapshot.ids(ids, satisfying: "")
      let filtered = plan.pins.filter(\.isFiltered).map(\.id)
      let fitting = try snapshot.ids(filtered, satisfying: request.filter)
      var kept: [String: Set<String>] = [:]
      for filter in Set(plan.pins.compactMap(\.requirement)) {
        kept[filter] = try snapshot.ids(ids, satisfying: filter)
      }
      for pin in plan.pins {
        let isKept = pin.requirement.map { kept[$0]?.contains(pin.id) ?? false } ?? true
        if existing.contains(pin.id), !pin.isFiltered || fitting.contains(pin.id), isKept {
          continue
        }
        shown.remove(pin.id)
        let reason = existing.contains(pin.id) ? "does not satisfy its filter" : "does not exist"
        note(.pin, "document \(pin.id) \(reason)")
      }
    }
    layout = PinLayout(plan.pins, shown: shown, preservesPositions: plan.preservesPositions)
    request.pinned = layout.placements
    request.filtersPinned = false
  }

  private mutating func note(_ action: RuleNote.Action, _ detail: String) {
    plan.explanation.append(
      RuleNote(set: "", rule: "", action: action, outcome: .skipped, detail: detail)
    )
  }

  private mutating func noteWhatCannotBe() {
    let reason =
      request.groupBy.isEmpty ? "results are sorted by \(request.sort)" : "results are grouped"
    if !isByRelevance {
      if !plan.boosts.isEmpty { note(.boost, reason) }
      if plan.diversity != nil { note(.diversity, reason) }
    }
    if !plan.caps.isEmpty, !request.groupBy.isEmpty { note(.cap, reason) }
  }

  /// The candidates that boosts, caps and spreading reorder.
  public struct Pool {
    /// The head of the list and, where scores count, the best of what boosts promote.
    public let head: [ScoredDocument]
    /// The score of each candidate of ``head``; ranking may change them.
    public var scores: [Double]
    /// What follows, in its own order.
    let tail: [ScoredDocument]

    /// All candidates, as they come.
    public var candidates: [ScoredDocument] { head + tail }

    /// A pool of candidates that ranking has ordered and scored: all of them count as its head.
    public init(ranked: [ScoredDocument], scores: [Double]) {
      (head, self.scores, tail) = (ranked, scores, [])
    }

    init(head: [ScoredDocument], scores: [Double], tail: [ScoredDocument]) {
      (self.head, self.scores, self.tail) = (head, scores, tail)
    }
  }

  /// The candidates to reorder.
  ///
  /// A boosted document may stand far down the list: the eight greatest boosts recall their own
  /// best.
  ///
  /// - Throws: As the recall.
  public func pool(of recall: Recall, in snapshot: Snapshot) throws -> Pool {
    var head = Array(recall.candidates.prefix(window))
    var tail = recall.candidates.dropFirst(window)
    if isByRelevance, recall.found > head.count {
      var seen = Set(head.map(\.key))
      var others = request
      others.pinned = []
      others.hiddenIDs += layout.ids
      (others.facets, others.offset, others.limit) = ([], 0, window)
      let promoting = plan.boosts.filter { $0.factor > 1 }.sorted { $0.factor > $1.factor }
      for boost in promoting.prefix(8) {
        others.filter = PromotionPlan.conjunction([request.filter, boost.filter])
        let promoted = try snapshot.recall(others).candidates
        head += promoted.filter { seen.insert($0.key).inserted }
      }
      tail = tail.filter { !seen.contains($0.key) }[...]
    }
    return Pool(head: head, scores: head.map { Double($0.score) }, tail: Array(tail))
  }

  /// The order in which boosts, caps and spreading leave the candidates.
  ///
  /// - Throws: `IndexError` with code corrupt if stored bytes are damaged.
  public func order(_ pool: Pool, in snapshot: Snapshot) throws -> [ScoredDocument] {
    guard isReordered else { return pool.head + pool.tail }
    var order = Array(pool.head.indices)
    var isPromoted = [Bool](repeating: false, count: order.count)
    if isByRelevance {
      let matches = try plan.boosts.map { try snapshot.satisfying($0.filter, of: pool.head) }
      isPromoted = order.map { hit in plan.isPromoted { matches[$0][hit] } }
      let boosted = plan.boosted(pool.scores) { matches[$0][$1] }
      order = try spread(boosted.order, boosted.scores, pool, in: snapshot)
    }
    if !plan.caps.isEmpty {
      let counted = try plan.caps.map { cap in
        try cap.filter.map { try snapshot.satisfying($0, of: pool.head) } ?? isPromoted
      }
      let pins = try plan.caps.map { cap in
        try cap.filter.map { try snapshot.ids(layout.ids, satisfying: $0) } ?? Set(layout.ids)
      }
      order = plan.capped(
        order.count,
        layout: layout,
        counts: { counted[$0][order[$1]] },
        countsPin: { pins[$0].contains($1) }
      ).map { order[$0] }
    }
    return order.map { pool.head[$0] } + pool.tail
  }

  /// Spreads hits that are alike.
  private func spread(
    _ order: [Int],
    _ scores: [Double],
    _ pool: Pool,
    in snapshot: Snapshot
  ) throws -> [Int] {
    guard let metrics = plan.diversity else { return order }
    let head = order.prefix(Diversity.window)
    let documents = head.map { pool.head[$0] }
    let codes = Dictionary(
      metrics.compactMap { metric in
        snapshot.valueCodes(metric.field, of: documents).map { (metric.field, $0) }
      },
      uniquingKeysWith: { first, _ in first }
    )
    let spread = Diversity.order(head.map { scores[$0] }, lambda: diversityLambda) { a, b in
      Diversity.similarity(metrics) { metric in
        guard let values = codes[metric.field] else { return 0 }
        switch metric.method {
        case .equality: return Diversity.equality(values[a], values[b])
        case .jaccard: return Diversity.jaccard(values[a], values[b])
        // There are no vectors in the index: all documents are equally far apart.
        case .vectorDistance: return 0
        }
      }
    }
    return spread.map { head[$0] } + order.dropFirst(head.count)
  }
}

extension Snapshot {
  /// Those of some documents that exist and satisfy a filter.
  fileprivate func ids(_ ids: [String], satisfying filter: String) throws -> Set<String> {
    let found = candidates(ids: ids)
    if filter.allSatisfy(\.isWhitespace) { return Set(found.map(\.id)) }
    let fitting = try satisfying(filter, of: found.map(\.document))
    return Set(zip(found, fitting).filter(\.1).map(\.0.id))
  }
}
