// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex

extension BenchCommand {
  /// `bench kernels`: runs one inner loop or whole answers, for a tool that counts instructions.
  static func runKernels(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["kernel", "rounds"], switches: [])
    let names =
      KernelBenchmark.Kernel.allCases.map(\.rawValue)
      + RequestBenchmark.Kernel.allCases.map(\.rawValue)
    guard let name = arguments.values["kernel"] else {
      print(names.joined(separator: "\n"))
      return
    }
    let rounds = try arguments.integer("rounds", default: 10)
    if let kernel = KernelBenchmark.Kernel(rawValue: name) {
      print(try KernelBenchmark().run(kernel, rounds: rounds))
    } else if let kernel = RequestBenchmark.Kernel(rawValue: name) {
      let directory = NSTemporaryDirectory() + "martlet-kernel-\(getpid())"
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let bench = try RequestBenchmark(kernel, directory: directory)
      // The first round builds what later ones find.
      for _ in 0...rounds { print(try bench.run().reduce(0) { $0 + $1.bytes }) }
    } else {
      throw CommandError.usage("--kernel takes one of \(names.joined(separator: ", ")).")
    }
  }

  /// `bench requests`: times the answers to GET requests.
  static func runRequests(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["data-dir", "requests", "rounds"], switches: [])
    guard
      let text = try? String(contentsOfFile: try arguments.required("requests"), encoding: .utf8)
    else { throw CommandError(message: "Could not read the requests: check the path.") }
    let bench = try RequestBenchmark(
      directory: try arguments.existingDataDirectory(),
      paths: text.split(whereSeparator: \.isNewline).map(String.init)
    )
    var last = try bench.run()
    for _ in 0..<(try arguments.integer("rounds", default: 1)) { last = try bench.run() }
    let times = last.map { Double($0.nanoseconds) / 1000 }.sorted()
    guard !times.isEmpty else { throw CommandError(message: "There are no requests: give some.") }
    func rounded(_ value: Double) -> JSON { .double((value * 10).rounded() / 10) }
    let report: JSON = [
      "requests": .int(Int64(times.count)),
      "mean_us": rounded(times.reduce(0, +) / Double(times.count)),
      "p50_us": rounded(times[times.count / 2]), "p99_us": rounded(times[times.count * 99 / 100]),
      "mean_bytes": .int(Int64(last.reduce(0) { $0 + $1.bytes } / times.count)),
    ]
    print(String(decoding: report.serialized(), as: UTF8.self))
  }
}
