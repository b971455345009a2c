// SPDX-License-Identifier: Apache-2.0

import CPluginTemplates
import Foundation

/// `plugin new`: a directory with a plugin to start from.
enum PluginNew {
  static func run(_ words: [String]) throws {
    let arguments = try Arguments(words, options: ["language"], switches: [])
    let language = arguments.values["language"] ?? "swift"
    guard let name = arguments.positional.first, isName(name) else {
      throw CommandError.usage(
        "A plugin's name is a letter and then up to 39 letters, digits or underscores."
      )
    }
    guard var template = martlet_templates(language) else {
      throw CommandError.usage("--language takes swift or c, not '\(language)'.")
    }
    let files = FileManager.default
    guard !files.fileExists(atPath: name) else {
      throw CommandError(message: "'\(name)' is there already: choose another name.")
    }
    while let path = template.pointee.path, let text = template.pointee.text {
      let place = name + "/" + String(cString: path).replacing("NAME", with: name)
      let content =
        String(cString: path).hasPrefix("sdk/")
        ? String(cString: text) : String(cString: text).replacing("NAME", with: name)
      try files.createDirectory(
        atPath: (place as NSString).deletingLastPathComponent,
        withIntermediateDirectories: true
      )
      try content.write(toFile: place, atomically: false, encoding: .utf8)
      template += 1
    }
    chmod(name + "/build", 0o755)
    chmod(name, 0o755)
    print(
      """
      Made \(name). Next:
        \(name)/build
        martlet plugin check \(name)/\(name).so
      """
    )
  }

  private static func isName(_ name: String) -> Bool {
    (1...40).contains(name.utf8.count) && name.first?.isLetter == true
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
