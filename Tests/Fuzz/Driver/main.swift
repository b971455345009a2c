// SPDX-License-Identifier: Apache-2.0
//
// Hands one target to libFuzzer: FUZZ_TARGET names it. If FUZZ_SEEDS names a folder, the target's
// seeds are written there first.

import Foundation

/// libFuzzer's own entry for programs that have a `main` of theirs.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private let environment = ProcessInfo.processInfo.environment
private let target: FuzzTarget = {
  guard let target = environment["FUZZ_TARGET"].flatMap(FuzzTarget.init(rawValue:)) else {
    fatalError("FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue))")
  }
  return target
}()
if let folder = environment["FUZZ_SEEDS"] {
  for (number, seed) in try target.seeds.enumerated() {
    try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
  }
}
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
let status = runDriver(&count, &arguments) { bytes, count in
  do {
    try target.run(UnsafeBufferPointer(start: bytes, count: count))
  } catch {
    fatalError("\(error)")
  }
  return 0
}
exit(status)
