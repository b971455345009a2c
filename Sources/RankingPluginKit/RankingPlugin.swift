// SPDX-License-Identifier: Apache-2.0

/// A ranking plugin in Swift.
///
/// Conform a final class, and export it with one line:
///
///     @c(ranking_plugin_entry)
///     public func entry() -> UnsafeRawPointer { export(MyPlugin.self) }
///
/// What a call lends (queries, candidates, buffers) is valid until the call returns.
public protocol RankingPlugin: AnyObject {
  /// What the plugin says of itself.
  static var descriptor: PluginDescriptor { get }

  /// Makes an instance; the place to read files and to ask for columns.
  ///
  /// - Throws: Any error refuses the profile that wants the plugin; its text is shown.
  init(host: PluginHost) throws

  /// Prepares for one query; what it returns comes back as ``PluginQuery/state``.
  func begin(_ query: PluginQuery) throws -> AnyObject?

  /// Scores one batch of a query's candidates.
  ///
  /// - Returns: How many candidates were scored, from the first on: fewer than all if
  ///   ``PluginQuery/isOver`` became true.
  /// - Throws: Any error leaves the query's order as it was; its text is reported.
  func rank(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: PluginOutput
  ) throws -> Int
}

extension RankingPlugin {
  /// Nothing to prepare.
  public func begin(_ query: PluginQuery) throws -> AnyObject? { nil }
}

/// A ranking plugin that can tell how its scores come about.
public protocol AttributingPlugin: RankingPlugin {
  /// Writes what each feature adds to the scores of some candidates, for a search that asks why.
  ///
  /// - Parameters:
  ///   - query: The query, with a deadline of this call's own.
  ///   - candidates: Those of all batches of the query.
  ///   - output: Which of them to explain, and where the values go.
  /// - Returns: How many of ``AttributionOutput/candidates`` were explained, from the first on.
  /// - Throws: Any error costs the explanation only.
  func attribute(
    _ query: PluginQuery,
    _ candidates: PluginCandidates,
    into output: AttributionOutput
  ) throws -> Int
}

/// How many threads may call one instance.
public enum PluginThreads: UInt32, Sendable {
  /// Each ranking thread has an instance of its own.
  case perWorker = 0
  /// There is one instance, and one call at a time.
  case serialized = 1
  /// There is one instance, and calls overlap.
  case concurrent = 2
}

/// What a plugin says of itself.
public struct PluginDescriptor: Sendable {
  /// A reverse domain name.
  public var id: String
  /// The plugin's version.
  public var version: String
  /// How many threads may call one instance.
  public var threads = PluginThreads.perWorker
  /// Whether candidates come with their identifiers.
  public var needsIdentifiers = false
  /// Whether queries come with the shopper's lists.
  public var needsShopper = false
  /// Whether all candidates must come in one call.
  public var needsWholeBatch = false
  /// The texts of the reason codes, each code above 0.
  public var reasons: [UInt32: String] = [:]

  /// Creates a descriptor of a plugin that needs scores and columns only.
  public init(id: String, version: String) {
    self.id = id
    self.version = version
  }
}
