// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A path in the temporary directory that nothing else has.
func temporaryDirectory() -> String {
  NSTemporaryDirectory() + "martlet-store-" + UUID().uuidString
}
