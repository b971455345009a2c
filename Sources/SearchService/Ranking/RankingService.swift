// SPDX-License-Identifier: Apache-2.0

public import JSON
import Ranking
public import RankingPluginHost
public import SearchIndex
import Foundation
import Synchronization

/// Ranking profiles and the plugins that they run.
///
/// Thread-safe. Profiles are settings; each is made ready when it is stored, and again at start.
public final class RankingService: Sendable {
  /// A profile and, where it cannot run, why.
  private struct Entry {
    var prepared: PreparedProfile?
    var problem: String?
  }

  /// Runs plugins; nil where the server was started without a directory of plugins.
  public let host: RankingPluginHost?
  private let settings: SettingsStore
  private let directory: String
  private let entries = Mutex<[String: Entry]>([:])
  /// The collections' defaults as of a revision of the settings.
  private let standards = Mutex<(revision: Int, names: [String: String])>((-1, [:]))
  private let builtIn: BuiltInProfiles

  /// Loads all plugins of the host's directory and makes the stored profiles ready; what cannot be
  /// loaded is told in ``problems`` and by the profiles that want it.
  init(
    settings: SettingsStore,
    host: RankingPluginHost?,
    directory: String,
    builtIn: [BuiltInProfile] = []
  ) {
    self.settings = settings
    self.host = host
    self.directory = directory
    self.builtIn = BuiltInProfiles(builtIn, host: host)
    var failed: [String] = []
    for name in Self.files(directory) {
      do throws(PluginError) { try host?.load(name) } catch {
        failed.append("Plugin '\(name)': \(error)")
      }
    }
    problems = failed
    for (name, _) in settings.all(.profile) { prepare(name) }
  }

  /// Why plugins of the directory were not loaded at start.
  public let problems: [String]

  private static func files(_ directory: String) -> [String] {
    guard !directory.isEmpty else { return [] }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return files.filter { $0.hasSuffix(".so") }.map { String($0.dropLast(3)) }.sorted()
  }

  /// The host.
  ///
  /// - Throws: ``IndexError`` with code invalid that says how to get one.
  public func plugins() throws(IndexError) -> RankingPluginHost {
    guard let host else {
      throw IndexError(.invalid, "This server has no plugins: start it with --plugin-dir.")
    }
    return host
  }

  /// Files of the plugin directory, loaded or not, by name.
  public var available: [String] { Self.files(directory) }

  /// The profiles as clients read them, with `problem` for those that cannot run; a stored one goes
  /// before one of the same name that comes with the server.
  public var all: [JSON] {
    let stored = settings.all(.profile)
    let names = Set(stored.map(\.name))
    return stored.map { describe($0.value, $0.name) }
      + builtIn.descriptions.filter { !names.contains($0.name) }.map(\.json)
  }

  /// Waits until the profiles that come with the server are ready or known not to run.
  public func waitForBuiltIn() { builtIn.wait() }

  /// A profile as clients read it.
  ///
  /// - Throws: ``IndexError`` with code notFound.
  public func profile(named name: String) throws(IndexError) -> JSON {
    if let stored = settings.value(.profile, name) { return describe(stored, name) }
    guard let known = builtIn.descriptions.first(where: { $0.name == name }) else {
      throw Self.unknown(name)
    }
    return known.json
  }

  private static func unknown(_ name: String) -> IndexError {
    IndexError(.notFound, "There is no ranking profile `\(name)`: make it with PUT /x/profiles.")
  }

  private func describe(_ stored: JSON, _ name: String) -> JSON {
    guard let problem = entries.withLock({ $0[name]?.problem }) else { return stored }
    return .object((stored.object ?? []) + [JSON.Member("problem", .string(problem))])
  }

  /// Stores a profile; the next search that names it runs it.
  ///
  /// `json`: A profile, and `collections`, the names of those whose searches use it unless they say
  /// otherwise.
  ///
  /// - Throws: ``IndexError`` with code invalid if it cannot be read or its plugins do not start.
  public func put(_ json: JSON, named name: String) throws -> JSON {
    let (profile, collections) = try Self.read(json, name)
    let prepared = try start(profile)
    let stored = JSON.object(
      (profile.json.object ?? []) + [
        JSON.Member("collections", .array(collections.map { .string($0) }))
      ]
    )
    try settings.set(.profile, name, stored)
    entries.withLock { $0[name] = Entry(prepared: prepared) }
    return stored
  }

  /// Makes a profile ready for as long as this process runs; nothing is stored.
  ///
  /// - Throws: ``IndexError`` with code invalid if it cannot be read or its plugins do not start.
  public func hold(_ json: JSON, named name: String) throws {
    let prepared = try start(try Self.read(json, name).0)
    entries.withLock { $0[name] = Entry(prepared: prepared) }
  }

  private func start(_ profile: RankingProfile) throws(IndexError) -> PreparedProfile {
    let host = try plugins()
    do throws(PluginError) { return try host.prepare(profile) } catch {
      throw IndexError(.invalid, "\(error)")
    }
  }

  /// Makes a profile with another budget ready for as long as this process runs, under a name of its
  /// own: the stages share it as they share the present one.
  ///
  /// - Throws: ``IndexError`` with code notFound or invalid if there is no such profile that can run.
  public func hold(_ name: String, budgetMicroseconds: Int, as copy: String) throws {
    guard let prepared = try choose(name, collection: "") else { return }
    let scaled = prepared.scaled(budgetMicroseconds: budgetMicroseconds)
    entries.withLock { $0[copy] = Entry(prepared: scaled) }
  }

  /// Removes a profile.
  ///
  /// - Throws: ``IndexError`` with code notFound.
  public func remove(named name: String) throws {
    guard try settings.remove(.profile, name) != nil else { throw Self.unknown(name) }
    entries.withLock { $0[name] = nil }
  }

  private static func read(_ json: JSON, _ name: String) throws -> (RankingProfile, [String]) {
    guard let members = json.object else {
      throw IndexError(.invalid, "A profile must be a JSON object with `stages`.")
    }
    let collections = json["collections"]?.array ?? []
    guard collections.allSatisfy({ $0.string != nil }) else {
      throw IndexError(.invalid, "`collections` must be an array of names.")
    }
    do throws(RankingError) {
      let own = ["collections", "problem", "built_in"]
      let rest = JSON.object(members.filter { !own.contains($0.key) })
      return (try RankingProfile(json: rest, name: name), collections.compactMap(\.string))
    } catch {
      throw IndexError(.invalid, error.message)
    }
  }

  /// Makes a stored profile ready again, as after its plugin was loaded.
  private func prepare(_ name: String) {
    guard let stored = settings.value(.profile, name) else { return }
    var entry = Entry()
    do {
      entry.prepared = try plugins().prepare(try Self.read(stored, name).0)
    } catch {
      entry.problem = "\(error)"
    }
    entries.withLock { $0[name] = entry }
  }

  /// Tries again what could not run, once a plugin has been loaded.
  public func retry() {
    for (name, entry) in entries.withLock({ $0 }) where entry.prepared == nil { prepare(name) }
    builtIn.retry()
  }

  /// Loads a plugin again, where it is loaded, so that it takes up what changed around it; then tries
  /// again what could not run.
  ///
  /// - Throws: ``IndexError`` with code invalid if it does not start; then it runs on as it was.
  func reload(_ plugin: String) throws(IndexError) {
    if let host, host.statuses.contains(where: { $0.name == plugin }) {
      do throws(PluginError) { try host.load(plugin) } catch {
        throw IndexError(.invalid, "\(error)")
      }
    }
    retry()
    waitForBuiltIn()
  }

  /// Chooses the profile that a search runs.
  ///
  /// - Parameters:
  ///   - name: The profile that the search names; "none" for none.
  ///   - collection: The collection, which may have a default.
  /// - Returns: The profile, or nil for none.
  /// - Throws: ``IndexError`` with code notFound if the search names an unknown profile; with code
  ///   invalid if it names one that cannot run.
  func choose(_ name: String?, collection: String) throws -> PreparedProfile? {
    if let name {
      if name == "none" { return nil }
      guard let entry = entries.withLock({ $0[name] }) else {
        guard let profile = builtIn[name] else { throw Self.unknown(name) }
        return profile
      }
      guard let prepared = entry.prepared else {
        throw IndexError(.invalid, "The profile `\(name)` cannot run: \(entry.problem ?? "")")
      }
      return prepared
    }
    let revision = settings.revision
    return standards.withLock { standards in
      if standards.revision != revision {
        standards = (revision, Self.standards(settings.all(.profile)))
      }
      guard let name = standards.names[collection] else { return nil }
      return entries.withLock { $0[name]?.prepared }
    }
  }

  /// By collection, the name of the profile that it has as a default, the first of several.
  private static func standards(_ profiles: [(name: String, value: JSON)]) -> [String: String] {
    var names: [String: String] = [:]
    for (name, value) in profiles {
      for collection in value["collections"]?.array?.compactMap(\.string) ?? []
      where names[collection] == nil {
        names[collection] = name
      }
    }
    return names
  }
}
