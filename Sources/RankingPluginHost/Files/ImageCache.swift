// SPDX-License-Identifier: Apache-2.0

/// The libraries in this process, by content: loading the same bytes again maps nothing new.
///
/// Images stay mapped for good, so this is where memory goes that reloads of changed plugins take.
final class ImageCache: Sendable {
  private let images = Locked<[String: PluginLibrary]>([:])

  /// How many images are mapped.
  var count: Int { images.withLock { $0.count } }

  /// The image of a file's content, opened if it is new.
  func open(_ file: PluginFile) throws(PluginError) -> PluginLibrary {
    try images.withLock { images throws(PluginError) in
      if let library = images[file.sha256] { return library }
      let library = try PluginLibrary(path: file.path)
      images[file.sha256] = library
      return library
    }
  }
}
