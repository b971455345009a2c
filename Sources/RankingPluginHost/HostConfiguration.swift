// SPDX-License-Identifier: Apache-2.0

public import JSON

/// A plugin that comes with the server and lies in a directory of its own.
public struct BuiltInPlugin: Sendable {
  /// Where NAME.so lies.
  public var directory: String
  /// Members of the configuration that a stage need not give.
  public var config: [JSON.Member]
  /// The most workers for each use of the plugin, 1 or more.
  public var workers: Int
  /// As ``HostConfiguration/graceMilliseconds``: longer where a new process takes long to start.
  public var graceMilliseconds: Int

  /// Describes a plugin.
  public init(
    directory: String,
    config: [JSON.Member],
    workers: Int,
    graceMilliseconds: Int
  ) {
    self.directory = directory
    self.config = config
    self.workers = workers
    self.graceMilliseconds = graceMilliseconds
  }
}

/// When a plugin that fails rests, and for how long.
public struct BreakerLimits: Equatable, Sendable {
  /// The number of latest calls that count, 1...64.
  public var window = 20
  /// So many of them must fail before the plugin rests.
  public var failures = 5
  /// The first rest in milliseconds; it doubles while the probe after it fails.
  public var restMilliseconds = 1_000
  /// The longest rest in milliseconds.
  public var longestRestMilliseconds = 60_000

  /// Creates the default limits.
  public init() {}
}

/// Where plugins come from and what they may use.
public struct HostConfiguration: Sendable {
  /// The one directory that plugins are loaded from, as NAME.so; empty for none.
  public var directory: String
  /// Plugins that come with the server, by name; the directory's own go before.
  public var builtIn: [String: BuiltInPlugin] = [:]
  /// A directory of this server alone for copies of the plugins in use; made if it is missing.
  public var workDirectory: String
  /// The words of the command that runs a helper process, as a rule this program's path and
  /// "plugin-helper"; empty if there is none, and then process isolation fails.
  public var helper: [String] = []
  /// SHA-256 digests of the files that may be loaded, in lower case; nil for any.
  public var allowedHashes: Set<String>?
  /// Threads for each use of a plugin under thread isolation.
  public var threads: Int
  /// Helper processes for each use of a plugin under process isolation.
  public var processes: Int
  /// Abandoned calls of one plugin that may still run on threads before it gets no new ones.
  public var lateCalls = 8
  /// The address space of a helper process in bytes.
  public var processMemory: UInt64 = 4 << 30
  /// How long a call that is late may take to return before its helper process is killed, in
  /// milliseconds.
  public var graceMilliseconds = 20
  /// The longest that a plugin may take to make an instance, in milliseconds.
  public var startMilliseconds = 10_000
  /// When a failing plugin rests.
  public var breaker = BreakerLimits()
  /// The longest pause before a helper process that keeps failing is started again, in milliseconds;
  /// the first restart comes at once, the second after 10 ms, each later one after twice as long.
  public var restartMilliseconds = 5_000
  /// Takes the lines that plugins log: the plugin's name, a level 0...3, and the text.
  public var log: @Sendable (String, UInt32, String) -> Void = { _, _, _ in }

  /// Creates a configuration for the given number of processors.
  public init(directory: String, workDirectory: String, processors: Int) {
    self.directory = directory
    self.workDirectory = workDirectory
    threads = max(4, processors * 2)
    processes = max(2, processors)
  }
}
