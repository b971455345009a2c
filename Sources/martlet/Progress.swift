// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation

/// Tells on standard error, at most once a second, how far an import is.
struct Progress {
  /// What is imported.
  let noun: String
  /// Bytes of the input, if known.
  let total: Int?
  private let started = DispatchTime.now().uptimeNanoseconds
  private var last: UInt64 = 0

  /// `noun`: What is imported; `total`: Bytes of the input, if known.
  init(_ noun: String, total: Int?) {
    self.noun = noun
    self.total = total
  }

  private var seconds: Double {
    Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9
  }

  mutating func show(_ done: Int, consumed: Int) {
    let now = DispatchTime.now().uptimeNanoseconds
    guard now - last > 1_000_000_000, now - started > 1_000_000_000 else { return }
    last = now
    var text = "\(done) \(noun) on disk, \(Int(Double(done) / seconds)) a second"
    if let total, consumed > 0 {
      let left = seconds * Double(total - consumed) / Double(consumed)
      text += ", \(100 * consumed / max(1, total)) %, about \(Int(left.rounded(.up))) s left"
    }
    note(text)
  }

  func finish(_ done: Int, refused: Int) {
    let rate = Int(Double(done) / max(seconds, 0.001))
    print(
      "imported \(done) \(noun) in \(String(format: "%.1f", seconds)) s (\(rate) a second), "
        + "\(refused) lines refused"
    )
  }
}
