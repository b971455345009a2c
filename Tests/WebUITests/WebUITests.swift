// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import WebUI

@Suite struct WebUITests {
  /// A file that was added and not embedded would be missing from the installed page only.
  @Test func everyFileIsEmbedded() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/WebUI/Assets").standardized
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == Set(WebUI.assets.keys))
    for name in names {
      #expect(
        try Data(contentsOf: folder.appending(path: name)) == Data(WebUI.assets[name]?.bytes ?? [])
      )
    }
  }

  @Test func paths() throws {
    let shop = try #require(WebUI.asset("/"))
    #expect(shop.contentType == "text/html; charset=utf-8")
    #expect(String(decoding: shop.bytes, as: UTF8.self).contains("/ui/shop.js"))
    let operations = try #require(WebUI.asset("/ui/operations"))
    #expect(operations.etag != shop.etag)
    #expect(WebUI.asset("/ui/operations/")?.etag == operations.etag)
    #expect(WebUI.asset("/ui/shop.js")?.contentType == "text/javascript; charset=utf-8")
    #expect(WebUI.asset("/ui/icon.svg")?.contentType == "image/svg+xml")
    for path in ["/ui", "/ui/none.js", "/ui/a/shop.js", "/shop.js", "/ui/..", "/collections"] {
      #expect(WebUI.asset(path) == nil, "\(path)")
    }
  }

  /// The policy forbids scripts, styles and handlers in the markup, so none may be there; and the
  /// page must work without any other server.
  @Test func markupKeepsToThePolicy() {
    for (name, asset) in WebUI.assets where name.hasSuffix(".html") {
      let text = String(decoding: asset.bytes, as: UTF8.self)
      #expect(!text.contains("style="), "\(name)")
      #expect(!text.contains("<style"), "\(name)")
      #expect(text.matches(of: /\son[a-z]+=/).isEmpty, "\(name)")
      #expect(text.matches(of: /<script(?![^>]* src="\/ui\/)/).isEmpty, "\(name)")
      #expect(text.matches(of: /(src|href)="(https?:)?\/\//).isEmpty, "\(name)")
    }
    for (name, asset) in WebUI.assets where name.hasSuffix(".js") {
      let text = String(decoding: asset.bytes, as: UTF8.self)
      for word in ["innerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
        #expect(!text.contains(word), "\(name): \(word)")
      }
    }
  }
}
