// SPDX-License-Identifier: Apache-2.0

internal import CWebAssets

/// The web page: the shop's search at `/`, operations at `/ui/operations`, their files below `/ui`.
///
/// The files are part of the binary and need no key: the page asks for one and sends it with each
/// request to the routes that do.
public enum WebUI {
  /// One file as it is served.
  public struct Asset: Sendable {
    /// The media type.
    public let contentType: String
    /// The content.
    public let bytes: [UInt8]
    /// A strong validator, in quotes: equal for equal bytes.
    public let etag: String
  }

  /// Headers for every answer that holds an asset.
  ///
  /// Scripts and styles come from this server only and nothing is evaluated; pictures may come from
  /// wherever the products' documents say. `no-cache` lets a browser keep a file and ask whether it
  /// is still the same, so that a new binary is a new page at once.
  public static let headers: [(name: String, value: String)] = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        + "img-src 'self' data: http: https:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-cache"),
  ]

  /// The asset at a path, in decoded parts; nil where the page has none.
  public static func asset(_ path: [String]) -> Asset? {
    switch path {
    case []: assets["index.html"]
    case ["ui", "operations"]: assets["operations.html"]
    case let parts where parts.count == 2 && parts[0] == "ui": assets[parts[1]]
    default: nil
    }
  }

  /// The asset at a path such as `/ui/shop.js`; nil where the page has none.
  public static func asset(_ path: String) -> Asset? {
    asset(path.split(separator: "/").map(String.init))
  }

  /// All assets by file name.
  static let assets: [String: Asset] = {
    var count = 0
    let table = UnsafeBufferPointer(start: martlet_assets(&count), count: count)
    var assets: [String: Asset] = [:]
    for file in table {
      let name = String(cString: file.name)
      let bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.size))
      assets[name] = Asset(contentType: contentType(of: name), bytes: bytes, etag: etag(bytes))
    }
    return assets
  }()

  private static func contentType(of name: String) -> String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }

  /// FNV-1a of 64 bits (Fowler, Noll and Vo), in hexadecimal.
  private static func etag(_ bytes: [UInt8]) -> String {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return "\"" + String(hash, radix: 16) + "\""
  }
}
