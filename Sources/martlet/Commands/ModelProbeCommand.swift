// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural

/// The verb `model-probe`, which the program runs itself to look at a model in a confined process.
enum ModelProbeCommand {
  static let name = "model-probe"
  /// The command that starts it.
  static let words = ["/proc/self/exe", name]

  static func run(_ words: [String]) -> Never { exit(ModelProbe.serve(words)) }
}
