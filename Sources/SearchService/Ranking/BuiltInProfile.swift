// SPDX-License-Identifier: Apache-2.0

public import Ranking
import RankingPluginHost
import Foundation
import JSON
import SearchIndex
import Synchronization

/// A ranking profile that comes with the server, for every collection.
public struct BuiltInProfile: Sendable {
  /// The profile.
  public var profile: RankingProfile
  /// Why it cannot run here, and what to do; nil where it can.
  public var problem: String?

  /// Describes a profile.
  public init(_ profile: RankingProfile, problem: String? = nil) {
    self.profile = profile
    self.problem = problem
  }
}

/// The profiles that come with the server, made ready in the background.
///
/// Until one is ready, and where it cannot run, searches that ask for it have the order of text
/// relevance, and their report says why. Thread-safe.
final class BuiltInProfiles: Sendable {
  private let host: RankingPluginHost?
  private let entries: Mutex<[String: PreparedProfile]>
  private let all: [BuiltInProfile]
  /// Profiles are made ready one after another.
  private let queue = DispatchQueue(label: "built-in profiles")

  init(_ profiles: [BuiltInProfile], host: RankingPluginHost?) {
    self.host = host
    all = profiles
    var first: [String: PreparedProfile] = [:]
    for entry in profiles {
      first[entry.profile.name] = PreparedProfile(
        profile: entry.profile,
        problem: entry.problem ?? "The profile is being made ready: ask again in a few seconds."
      )
    }
    entries = Mutex(first)
    if profiles.contains(where: { $0.problem == nil }) { queue.async { self.start() } }
  }

  /// The profile of a name, ready or not; nil if there is none.
  subscript(name: String) -> PreparedProfile? { entries.withLock { $0[name] } }

  /// The profiles as clients read them, by name.
  var descriptions: [(name: String, json: JSON)] {
    all.map { entry in
      let members = (entry.profile.json.object ?? []) + [JSON.Member("built_in", true)]
      let problem = self[entry.profile.name]?.problem
      return (
        entry.profile.name,
        .object(members + (problem.map { [JSON.Member("problem", .string($0))] } ?? []))
      )
    }
  }

  /// Waits until every profile is ready or known not to run.
  func wait() { queue.sync {} }

  /// Tries again what could not run.
  func retry() { queue.async { self.start() } }

  private func start() {
    for entry in all where entry.problem == nil && self[entry.profile.name]?.problem != nil {
      let prepared = prepare(entry.profile)
      entries.withLock { $0[entry.profile.name] = prepared }
    }
  }

  private func prepare(_ profile: RankingProfile) -> PreparedProfile {
    do throws(PluginError) {
      guard let host else { throw PluginError("This server runs no plugins.") }
      let loaded = Set(host.statuses.map(\.name))
      for stage in profile.stages where !loaded.contains(stage.plugin) {
        try host.load(stage.plugin)
      }
      return try host.prepare(profile)
    } catch {
      return PreparedProfile(profile: profile, problem: error.message)
    }
  }
}
