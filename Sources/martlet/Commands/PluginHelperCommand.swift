// SPDX-License-Identifier: Apache-2.0

import Foundation
import RankingPluginHost

/// The verb `plugin-helper`, which the server runs itself for plugins under process isolation.
enum PluginHelperCommand {
  static let name = "plugin-helper"

  static func run(_ words: [String]) -> Never { exit(PluginHelper.run(words)) }
}
