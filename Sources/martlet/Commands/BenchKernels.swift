// SPDX-License-Identifier: Apache-2.0

import SearchIndex

extension BenchCommand {
  /// `bench kernels`: runs one inner loop, for a tool that counts instructions.
  static func runKernels(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["kernel", "rounds"], switches: [])
    let names = KernelBenchmark.Kernel.allCases.map(\.rawValue)
    guard let name = arguments.values["kernel"] else {
      print(names.joined(separator: "\n"))
      return
    }
    guard let kernel = KernelBenchmark.Kernel(rawValue: name) else {
      throw CommandError.usage("--kernel takes one of \(names.joined(separator: ", ")).")
    }
    let rounds = try arguments.integer("rounds", default: 10)
    print(try KernelBenchmark().run(kernel, rounds: rounds))
  }
}
