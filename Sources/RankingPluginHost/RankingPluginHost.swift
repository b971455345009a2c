// SPDX-License-Identifier: Apache-2.0

import Foundation
internal import JSON
public import Ranking

/// Loads ranking plugins and runs them within their budgets.
///
/// Every method may be called from any thread. Loading, reloading, disabling and rolling back
/// happen beside running queries: a query uses the generations that were current at its start.
public final class RankingPluginHost: Sendable {
  let configuration: HostConfiguration
  /// Changed by administration, which takes its time under this lock; queries never take it.
  private let plugins = Locked<[String: PluginEntry]>([:])
  /// What queries read: the workers of each stage in use.
  private let routes = Locked<[ObjectIdentifier: WorkerPool]>([:])
  private let images: ImageCache

  /// What the host knows of one plugin.
  struct PluginEntry {
    var current: PluginGeneration
    var previous: PluginGeneration?
    var isDisabled = false
    var loads = 1
    let late = LateCalls()
    var stages: [StageKey: Weak<StageHandle>] = [:]
  }

  /// Creates a host without plugins; clears its directory of copies.
  ///
  /// - Throws: ``PluginError`` if that directory cannot be made.
  public init(_ configuration: HostConfiguration) throws(PluginError) {
    self.configuration = configuration
    images = ImageCache()
    let path = configuration.workDirectory
    try? FileManager.default.removeItem(atPath: path)
    do {
      try FileManager.default.createDirectory(
        atPath: path,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
    } catch {
      throw PluginError("Cannot make the directory \(path): \(error.localizedDescription)")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: configuration.workDirectory) }

  /// Loads a plugin from its file, or loads it again: the new generation's workers are started and
  /// checked beside the old ones, then all stages that use the plugin change over at once.
  ///
  /// - Parameter name: The file's name without ".so".
  /// - Returns: The plugin as it is now.
  /// - Throws: ``PluginError`` if the file or plugin is refused; then the old generation stays.
  @discardableResult
  public func load(_ name: String) throws(PluginError) -> PluginStatus {
    try plugins.withLock { plugins throws(PluginError) in
      let file = try PluginFile(
        name: name,
        directory: try directory(of: name),
        copies: configuration.workDirectory,
        allowed: configuration.allowedHashes
      )
      let old = plugins[name]
      let number = (old?.loads ?? 0) + 1
      let generation = try makeGeneration(number, file)
      var entry = old ?? PluginEntry(current: generation)
      entry.loads = number
      entry.isDisabled = false
      entry.current = generation
      entry.previous = old?.current
      try route(&entry)
      plugins[name] = entry
      return status(name, entry)
    }
  }

  private func directory(of name: String) throws(PluginError) -> String {
    let own = configuration.directory
    if let builtIn = configuration.builtIn[name],
      own.isEmpty || !FileManager.default.fileExists(atPath: "\(own)/\(name).so")
    {
      return builtIn.directory
    }
    guard !own.isEmpty else {
      throw PluginError("This server has no directory of plugins: start it with --plugin-dir.")
    }
    return own
  }

  /// The stage with the members that its plugin's configuration takes from the server.
  private func completed(_ stage: RankingStage) -> RankingStage {
    guard let given = configuration.builtIn[stage.plugin]?.config else { return stage }
    var stage = stage
    let missing = given.filter { stage.config[$0.key] == nil }
    stage.config = .object((stage.config.object ?? []) + missing)
    return stage
  }

  /// Takes a plugin out of all queries until ``enable(_:)`` or ``load(_:)``.
  ///
  /// - Throws: ``PluginError`` if it is not loaded.
  public func disable(_ name: String) throws(PluginError) {
    try change(name) { entry throws(PluginError) in
      entry.isDisabled = true
      unroute(entry)
    }
  }

  /// Takes a disabled plugin into use again.
  ///
  /// - Throws: ``PluginError`` if it is not loaded or no longer starts.
  public func enable(_ name: String) throws(PluginError) {
    try change(name) { entry throws(PluginError) in
      entry.isDisabled = false
      try route(&entry)
    }
  }

  /// Goes back to the generation before the last load; a second call returns to the later one.
  ///
  /// - Throws: ``PluginError`` if there is none or it no longer starts.
  public func rollBack(_ name: String) throws(PluginError) {
    try change(name) { entry throws(PluginError) in
      guard let previous = entry.previous else {
        throw PluginError("The plugin '\(name)' has no earlier generation to go back to.")
      }
      entry.previous = entry.current
      entry.current = previous
      entry.isDisabled = false
      try route(&entry)
    }
  }

  /// All plugins by name.
  public var statuses: [PluginStatus] {
    plugins.withLock { plugins in
      plugins.sorted { $0.key < $1.key }.map { status($0.key, $0.value) }
    }
  }

  /// Starts the workers of a profile's stages and makes it ready for queries.
  ///
  /// - Throws: ``PluginError`` if a plugin is not loaded, or refuses its configuration.
  public func prepare(_ profile: RankingProfile) throws(PluginError) -> PreparedProfile {
    try plugins.withLock { plugins throws(PluginError) in
      var handles: [StageHandle] = []
      for stage in profile.stages {
        guard var entry = plugins[stage.plugin] else {
          throw PluginError("The plugin '\(stage.plugin)' is not loaded: load it first.")
        }
        let key = StageKey(completed(stage))
        let handle = entry.stages[key]?.value ?? StageHandle(key: key, host: self)
        handles.append(handle)
        entry.stages[key] = Weak(handle)
        if !entry.isDisabled, routes.withLock({ $0[ObjectIdentifier(handle)] }) == nil {
          let pool = try startPool(handle, entry)
          routes.withLock { $0[ObjectIdentifier(handle)] = pool }
        }
        plugins[stage.plugin] = entry
      }
      return PreparedProfile(profile: profile, handles: handles, host: self)
    }
  }

  /// The present runner of each stage, all taken at one moment.
  func runners(_ handles: [StageHandle]) -> [any StageRunner] {
    routes.withLock { routes in
      handles.map { handle -> any StageRunner in
        guard let pool = routes[ObjectIdentifier(handle)] else { return DisabledStage() }
        return PooledStage(pool: pool)
      }
    }
  }

  /// Forgets a stage that is no longer in use.
  func release(_ stage: ObjectIdentifier) {
    let pool = routes.withLock { $0.removeValue(forKey: stage) }
    _ = consume pool  // its workers stop outside the lock
  }

  private func change(
    _ name: String,
    _ body: (inout PluginEntry) throws(PluginError) -> Void
  ) throws(PluginError) {
    try plugins.withLock { plugins throws(PluginError) in
      guard var entry = plugins[name] else {
        throw PluginError("There is no plugin '\(name)': load it first.")
      }
      try body(&entry)
      plugins[name] = entry
    }
  }

  private func makeGeneration(
    _ number: Int,
    _ file: PluginFile
  ) throws(PluginError) -> PluginGeneration {
    if configuration.helper.isEmpty {
      let library = try images.open(file)
      return PluginGeneration(number: number, file: file, description: library.description)
    }
    // A process looks at the file, so that refused code never runs in this one.
    let description = try ProcessWorker.describe(file, configuration)
    return PluginGeneration(number: number, file: file, description: description)
  }

  /// Starts workers for all stages of a plugin's current generation, then swaps them in together.
  private func route(_ entry: inout PluginEntry) throws(PluginError) {
    entry.stages = entry.stages.filter { $0.value.value != nil }
    var started: [ObjectIdentifier: WorkerPool] = [:]
    let handles = entry.stages.values.compactMap(\.value)
    for handle in handles { started[ObjectIdentifier(handle)] = try startPool(handle, entry) }
    let replaced = routes.withLock { routes in
      let replaced = started.keys.map { routes[$0] }
      routes.merge(started) { $1 }
      return replaced
    }
    _ = consume replaced
  }

  private func unroute(_ entry: PluginEntry) {
    for handle in entry.stages.values.compactMap(\.value) { release(ObjectIdentifier(handle)) }
  }

  private func startPool(
    _ handle: StageHandle,
    _ entry: PluginEntry
  ) throws(PluginError) -> WorkerPool {
    let generation = entry.current
    let late = entry.late
    let key = handle.key
    let log = configuration.log
    let write: PluginLog = { log(key.plugin, $0, $1) }
    let make: WorkerPool.Make
    switch key.isolation {
    case .thread:
      let source = InstanceSource(
        library: try images.open(generation.file),
        isShared: generation.isConcurrent,
        log: write
      )
      make = { events throws(PluginError) in
        ThreadWorker(
          slot: try Slot(config: key.config, shared: false),
          source: source,
          late: late,
          events: events
        )
      }
    case .process:
      let configuration = configuration
      make = { events throws(PluginError) in
        try ProcessWorker(
          slot: try Slot(config: key.config, shared: true),
          file: generation.file,
          configuration: configuration,
          events: events
        )
      }
    }
    let allowed = key.isolation == .thread ? configuration.threads : configuration.processes
    let wanted = min(allowed, configuration.builtIn[key.plugin]?.workers ?? allowed)
    let pool = WorkerPool(
      generation: generation,
      limits: PoolLimits(
        workers: generation.workers(wanted),
        lateCalls: configuration.lateCalls,
        start: UInt64(max(1, configuration.startMilliseconds)) * 1_000_000,
        breaker: configuration.breaker,
        restart: UInt64(max(0, configuration.restartMilliseconds)) * 1_000_000
      ),
      late: late,
      make: make
    )
    try pool.start()
    return pool
  }

  private func status(_ name: String, _ entry: PluginEntry) -> PluginStatus {
    let handles = entry.stages.values.compactMap(\.value)
    let stages = handles.compactMap { handle in
      routes.withLock { $0[ObjectIdentifier(handle)] }.map { StageStatistics(handle.key, $0) }
    }
    return PluginStatus(name, entry, stages, images: images.count)
  }
}

/// A reference that does not keep its object.
struct Weak<Object: AnyObject> {
  weak var value: Object?
  init(_ value: Object) { self.value = value }
}
