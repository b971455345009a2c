// SPDX-License-Identifier: Apache-2.0
//
// What Linux tells of machine and process under /proc; a figure that cannot be read is 0.

import Foundation
import JSON
import Synchronization

enum SystemFigures {
  /// Free bytes below which the server counts as short of disk.
  private static let leastDisk = 64 << 20
  private static let processor = Mutex<(busy: Double, total: Double)>((0, 0))

  /// What the server is short of, as the wire format names it, or nil.
  static func shortage(_ directory: String) -> String? {
    let disk = disk(directory)
    if disk.total > 0, disk.total - disk.used < leastDisk { return "OUT_OF_DISK" }
    return nil
  }

  /// The figures, as the wire format has them: all values are strings.
  static func json(_ directory: String) -> JSON {
    let disk = disk(directory)
    let memory = table("/proc/meminfo")
    let total = (memory["MemTotal"] ?? 0) * 1024
    let available = (memory["MemAvailable"] ?? 0) * 1024
    let own = table("/proc/self/status")
    let resident = (own["VmRSS"] ?? 0) * 1024
    let mapped = (own["VmSize"] ?? 0) * 1024
    let allocated = (own["RssAnon"] ?? 0) * 1024
    let network = network()
    let figures: [(String, String)] = [
      ("system_cpu_active_percentage", String(format: "%.2f", activeProcessor())),
      ("system_disk_total_bytes", "\(disk.total)"), ("system_disk_used_bytes", "\(disk.used)"),
      ("system_memory_total_bytes", "\(total)"),
      ("system_memory_used_bytes", "\(total - available)"),
      ("system_network_received_bytes", "\(network.received)"),
      ("system_network_sent_bytes", "\(network.sent)"),
      ("typesense_memory_active_bytes", "\(allocated)"),
      ("typesense_memory_allocated_bytes", "\(allocated)"),
      ("typesense_memory_fragmentation_ratio", "0.00"),
      ("typesense_memory_mapped_bytes", "\(mapped)"),
      ("typesense_memory_metadata_bytes", "0"),
      ("typesense_memory_resident_bytes", "\(resident)"),
      ("typesense_memory_retained_bytes", "0"),
    ]
    return .object(figures.map { JSON.Member($0.0, .string($0.1)) })
  }

  /// Bytes of memory that the process has of its own, page cache apart.
  static var residentBytes: Int { (table("/proc/self/status")["RssAnon"] ?? 0) * 1024 }

  private static func disk(_ directory: String) -> (total: Int, used: Int) {
    var figures = statvfs()
    guard statvfs(directory, &figures) == 0 else { return (0, 0) }
    let total = Int(figures.f_blocks) * Int(figures.f_frsize)
    return (total, total - Int(figures.f_bavail) * Int(figures.f_frsize))
  }

  /// Lines of a name, a colon and a number.
  private static func table(_ path: String) -> [String: Int] {
    var table: [String: Int] = [:]
    for line in read(path).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let number = parts[1].drop { $0 == " " || $0 == "\t" }.prefix { $0.isNumber }
      table[String(parts[0])] = Int(number)
    }
    return table
  }

  private static func read(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  private static func network() -> (received: Int, sent: Int) {
    var (received, sent) = (0, 0)
    for line in read("/proc/net/dev").split(separator: "\n").dropFirst(2) {
      let numbers = line.drop { $0 != ":" }.dropFirst().split(separator: " ").compactMap { Int($0) }
      guard numbers.count > 8 else { continue }
      received += numbers[0]
      sent += numbers[8]
    }
    return (received, sent)
  }

  /// The share of time since the last call that processors were busy, in per cent.
  private static func activeProcessor() -> Double {
    let line = read("/proc/stat").prefix { $0 != "\n" }
    let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    guard ticks.count >= 5 else { return 0 }
    let total = ticks.reduce(0, +)
    let busy = total - ticks[3] - ticks[4]
    return processor.withLock { last in
      let share = total > last.total ? (busy - last.busy) / (total - last.total) * 100 : 0
      last = (busy, total)
      return share
    }
  }
}
