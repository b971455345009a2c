// SPDX-License-Identifier: Apache-2.0

import Foundation
import Neural

/// The verb `model-probe`, which the program runs itself to look at a model in a confined process.
enum ModelProbeCommand {
  static let name = "model-probe"

  static func run(_ words: [String]) -> Never { exit(ModelProbe.serve(words)) }
}
