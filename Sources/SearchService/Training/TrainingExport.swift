// SPDX-License-Identifier: Apache-2.0

public import Behaviour
public import JSON
public import SearchIndex

/// Writes what a ranking model is trained on: queries, their candidates, features and labels, in the
/// format of `Documentation/Formats/Training.md`.
///
/// Labels are judgments, or what shoppers did. Features of judged queries are as of now; those of a
/// shopper's search are as of that search, the log being told again for it.
public struct TrainingExport {
  /// What to export.
  public struct Options: Sendable {
    /// A collection's own name.
    public var collection: String
    /// A search's parameters without the query, such as `query_by`.
    public var parameters: [String: String] = [:]
    /// Columns; nil for all that there are.
    public var columns: [String]?
    /// Candidates of a query, 1...1000.
    public var window = 100
    /// Searches of the log at most, the latest ones.
    public var mostSearches = 20_000
    /// Whether to write the text of each document once.
    public var writesTexts = true

    /// Options with the defaults.
    public init(collection: String) { self.collection = collection }
  }

  /// How much was written.
  public struct Totals: Equatable, Sendable {
    /// Queries with their candidates.
    public var lists = 0
    /// Candidates of all lists.
    public var candidates = 0
    /// Candidates with a label.
    public var labels = 0
    /// Lists that were left out, since no candidate has a label.
    public var leftOut = 0
  }

  private let options: Options
  private let features: TrainingFeatures
  private let store: IndexStore
  private let events: EventStore
  private let write: (JSON) throws -> Void
  private let progress: (_ done: Int, _ all: Int) -> Void
  private var texts: Set<String> = []
  /// What was written so far.
  public private(set) var totals = Totals()

  /// Prepares an export.
  ///
  /// - Parameters:
  ///   - options: What to export.
  ///   - store: The collections.
  ///   - events: What shoppers did.
  ///   - write: Takes one line.
  ///   - progress: Told after each list.
  /// - Throws: ``IndexError`` if the collection or a field is unknown.
  public init(
    _ options: Options,
    store: IndexStore,
    events: EventStore,
    write: @escaping (JSON) throws -> Void,
    progress: @escaping (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws {
    self.options = options
    self.store = store
    self.events = events
    self.write = write
    self.progress = progress
    features = try TrainingFeatures(
      try store.collection(named: options.collection).snapshot,
      collection: options.collection,
      parameters: options.parameters,
      columns: options.columns,
      window: min(max(1, options.window), 1000)
    )
  }

  /// Writes the first line: what the others mean.
  public mutating func writeHeader() throws {
    try write([
      "format": 1, "collection": .string(options.collection),
      "window": .int(Int64(features.request.limit)),
      "text_fields": .array(features.textFields.map { .string($0) }),
      "propensities": .array(
        try events.propensities().values.map { .double(Double($0)) }
      ),
    ])
  }

  /// Writes judged queries.
  public mutating func writeJudgments(_ judgments: Judgments) throws {
    let behaviour = try events.snapshot()
    for (done, judged) in judgments.graded.enumerated() {
      let labels = judged.grades.mapValues { TrainingList.Label(grade: $0, position: nil) }
      try write(TrainingList(query: judged.query, labels: labels), behaviour)
      progress(done + 1, judgments.graded.count)
    }
  }

  /// Writes searches of the log that led to something, in the order of the log.
  ///
  /// - Throws: What the log or the store of the replay fails with.
  public mutating func writeSearches() throws {
    let log = try events.snapshot()
    var joiner = SearchJoiner(collection: options.collection, limit: options.mostSearches)
    try log.forEachEvent { event, isExcluded in if !isExcluded { joiner.add(event) } }
    var waiting = joiner.lists()[...]
    let count = waiting.count
    let replay = try EventReplay { [weak store] in store?.attributes(of: $1, in: $0) }
    try log.forEachEvent { event, isExcluded in
      guard let next = waiting.first else { return }
      if !isExcluded, event.kind == .search, event.time == next.time, event.query == next.query,
        event.shopper == next.shopper, let behaviour = try replay.snapshot(at: event.time)
      {
        try write(next, behaviour)
        waiting.removeFirst()
        progress(count - waiting.count, count)
      }
      if !isExcluded { try replay.add(event) }
    }
  }

  private mutating func write(_ list: TrainingList, _ behaviour: BehaviourSnapshot) throws {
    let candidates = try features.candidates(list.query)
    let ids = candidates.hits.map(\.id)
    let labelled = ids.count { list.labels[$0] != nil }
    guard labelled > 0 else {
      totals.leftOut += 1
      return
    }
    if options.writesTexts {
      for hit in candidates.hits where texts.insert(hit.id).inserted {
        let text = features.text(of: try JSON(parsing: hit.document))
        try write(["document": .string(hit.id), "text": .string(text)])
      }
    }
    let columns = try features.features(
      of: candidates,
      query: list.query,
      shopper: list.shopper,
      behaviour: behaviour
    )
    try write(list.json(ids: ids, features: columns))
    totals.lists += 1
    totals.candidates += ids.count
    totals.labels += labelled
  }
}
