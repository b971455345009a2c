// SPDX-License-Identifier: Apache-2.0

public import Behaviour
public import Promotions
public import RankingPluginHost
public import SearchIndex
import Foundation
import JSON
import Synchronization

/// The collections of a data directory with all that is configured around them.
///
/// Thread-safe.
public final class Engine: Sendable {
  /// The collections.
  public let store: IndexStore
  /// What is configured.
  public let settings: SettingsStore
  /// Who may do what.
  public let keys: KeyRing
  /// Rules that place, hide and promote hits.
  public let curation: CurationStore
  /// Ranking profiles and plugins.
  public let ranking: RankingService
  /// What shoppers did.
  public let events: EventStore
  /// Makes and keeps documents' vectors; does so in the background once it is started.
  public let embeddings: Embedder
  /// Collaborative filters; kept fresh in the background once it is started.
  public let filters: FilterService
  /// Models of neural ranking; nil where no directory of them is served.
  public let models: ModelService?
  let aids: QueryAids
  let values = PlaceholderValues()
  let destinations = RuleDestinations()
  let trending = Trending()
  let suggesters = Suggesters()
  let changes = SchemaChanges()
  /// Held by who changes a schema.
  let evolution = Mutex<Void>(())

  /// Opens the settings of a store.
  ///
  /// - Parameters:
  ///   - store: The collections.
  ///   - bootstrapKey: The key that may do all; it is not stored.
  ///   - plugins: Runs ranking plugins; nil for none.
  ///   - pluginDirectory: Where their files are.
  ///   - encoder: Makes vectors of documents' text; nil for none.
  ///   - profiles: Ranking profiles that come with the server.
  ///   - models: Where the models of neural ranking lie; nil for none.
  ///   - leastShoppers: Distinct shoppers, 1...32, who must have sent a query before it is told.
  ///   - filters: When and how collaborative filters are trained.
  /// - Throws: ``IndexError``, `CurationError` or `BehaviourError` if what is stored is damaged.
  public init(
    _ store: IndexStore,
    bootstrapKey: String,
    plugins: RankingPluginHost? = nil,
    pluginDirectory: String = "",
    encoder: EncoderCommand? = nil,
    profiles: [BuiltInProfile] = [],
    models: ModelOptions? = nil,
    leastShoppers: Int = EventStore.Options().leastShoppers,
    filters: FilterOptions = FilterOptions()
  ) throws {
    self.store = store
    settings = try SettingsStore(store)
    keys = KeyRing(settings, bootstrap: bootstrapKey)
    aids = QueryAids(settings)
    curation = try CurationStore(environment: store.environment)
    var options = EventStore.Options()
    options.leastShoppers = leastShoppers
    options.queryObserver = { [weak store, weak suggesters] counts in
      for (name, counts) in Dictionary(grouping: counts, by: \.collection) {
        guard let store, let collection = try? store.collection(named: name) else { continue }
        suggesters?.suggester(of: collection, in: store).count(counts)
      }
    }
    options.attributes = { [weak store] in store?.attributes(of: $1, in: $0) }
    events = try EventStore(environment: store.environment, options: options)
    self.filters = FilterService(store, events: events, options: filters)
    suggesters.use(events)
    embeddings = try Embedder(store, settings, encoder: encoder)
    ranking = RankingService(
      settings: settings,
      host: plugins,
      directory: pluginDirectory,
      builtIn: profiles
    )
    self.models = models.map { [ranking] in ModelService($0, ranking: ranking) }
  }

  deinit {
    embeddings.stop()
    filters.stop()
  }

  /// Forgets a shopper: profile, sessions, events and what they were counted as.
  ///
  /// `optOut`: Whether to refuse the shopper's events from now on.
  ///
  /// - Throws: `StoreError` if the disk fails; what is left is forgotten when it is called again.
  public func forget(shopper: String, optOut: Bool) throws {
    try events.forget(shopper: shopper, optOut: optOut)
    filters.forget()
  }

  /// The vectors of a collection's documents.
  func vectors(of collection: String) -> VectorColumns {
    VectorColumns(store: embeddings.vectors, collection: collection, model: embeddings.model)
  }

  /// Seconds since 1970.
  public static var now: Int64 { Int64(Date().timeIntervalSince1970) }

  /// The collection of a name or of an alias.
  ///
  /// - Throws: ``IndexError`` with code notFound.
  public func collection(named name: String) throws(IndexError) -> Collection {
    try store.collection(named: ownName(of: name))
  }

  /// The name of the collection that an alias stands for; any other name as it is.
  public func ownName(of name: String) -> String {
    settings.value(.alias, name)?["collection_name"]?.string ?? name
  }
}

extension IndexStore {
  /// What a product's document says of its brand, category and price, in the fields of these names.
  func attributes(of product: String, in name: String) -> ProductAttributes? {
    guard let snapshot = try? collection(named: name).snapshot else { return nil }
    let found = snapshot.candidates(ids: [product]).map(\.document)
    guard !found.isEmpty else { return nil }
    func text(_ names: String...) -> String {
      names.lazy.compactMap { snapshot.strings($0, of: found)?.first }.first ?? ""
    }
    return ProductAttributes(
      category: text("category", "categories"),
      brand: text("brand"),
      price: snapshot.numbers("price", of: found)?.first.map { $0.isNaN ? 0 : Float($0) } ?? 0
    )
  }
}
