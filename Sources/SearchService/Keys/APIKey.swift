// SPDX-License-Identifier: Apache-2.0

public import JSON
import Foundation
import Hashing
import SearchIndex

/// A key that clients send, as it is stored: without its value.
public struct APIKey: Sendable {
  /// When a key that names no time expires, in seconds since 1970: the end of time of the wire format.
  public static let never: Int64 = 64_723_363_199

  /// Its number, from 1.
  public let id: Int64
  /// What people call it.
  public let description: String
  /// What it allows, as `resource:verb`, `resource:*` or `*`.
  public let actions: [String]
  /// The collections that it allows, as regular expressions over whole names; `*` for all.
  public let collections: [String]
  /// The value's first four characters.
  public let prefix: String
  /// Seconds since 1970.
  public let expiresAt: Int64
  /// Whether it is removed once it has expired.
  public let autodelete: Bool
  private let salt: [UInt8]
  private let digest: [UInt8]
  /// What verifies search keys derived from this one, sealed; kept only where those can be.
  private(set) var sealed: [UInt8]?
  private let patterns: [CollectionPattern]

  /// Makes a key of what a client asks for.
  ///
  /// - Throws: ``IndexError`` with code invalid that names the member and the remedy.
  init(id: Int64, value: String, json: JSON) throws(IndexError) {
    func list(_ name: String) throws(IndexError) -> [String] {
      guard let values = json[name]?.array, !values.isEmpty else {
        throw IndexError(.invalid, "A key needs `\(name)`, an array of strings.")
      }
      let texts = values.compactMap(\.string)
      guard texts.count == values.count else {
        throw IndexError(.invalid, "Every value of `\(name)` must be a string.")
      }
      return texts
    }
    guard let description = json["description"]?.string else {
      throw IndexError(.invalid, "A key needs a `description`, a string.")
    }
    guard (4...512).contains(value.utf8.count) else {
      throw IndexError(.invalid, "A key's `value` must have 4 to 512 bytes.")
    }
    self.id = id
    self.description = description
    actions = try list("actions")
    collections = try list("collections")
    prefix = String(value.prefix(4))
    guard let seconds = (json.given("expires_at") ?? .int(Self.never)).int, seconds >= 0 else {
      throw IndexError(.invalid, "`expires_at` must be seconds since 1970, a whole number.")
    }
    self.expiresAt = seconds
    guard let autodelete = (json.given("autodelete") ?? false).bool else {
      throw IndexError(.invalid, "`autodelete` must be true or false.")
    }
    self.autodelete = autodelete
    salt = Hashing.random(16)
    digest = Hashing.sha256(salt: salt, Array(value.utf8))
    patterns = try CollectionPattern.all(collections)
  }

  /// Reads a stored key; nil if it is damaged.
  init?(stored json: JSON) {
    guard let id = json["id"]?.int, let actions = json["actions"]?.array,
      let collections = json["collections"]?.array, let prefix = json["value_prefix"]?.string,
      let expiresAt = json["expires_at"]?.int,
      let salt = json["salt"]?.string.flatMap({ Data(base64Encoded: $0) }),
      let digest = json["digest"]?.string.flatMap({ Data(base64Encoded: $0) })
    else { return nil }
    self.id = id
    description = json["description"]?.string ?? ""
    self.actions = actions.compactMap(\.string)
    self.collections = collections.compactMap(\.string)
    self.prefix = prefix
    self.expiresAt = expiresAt
    autodelete = json["autodelete"]?.bool ?? false
    self.salt = Array(salt)
    self.digest = Array(digest)
    sealed = json["sealed"]?.string.flatMap { Data(base64Encoded: $0) }.map(Array.init)
    guard let patterns = try? CollectionPattern.all(self.collections) else { return nil }
    self.patterns = patterns
  }

  /// The key as it is stored.
  var stored: JSON {
    var members = json.object ?? []
    members.append(JSON.Member("salt", .string(Data(salt).base64EncodedString())))
    members.append(JSON.Member("digest", .string(Data(digest).base64EncodedString())))
    if let sealed {
      members.append(JSON.Member("sealed", .string(Data(sealed).base64EncodedString())))
    }
    return .object(members)
  }

  /// The key as clients read it, without anything that its value could be found from.
  public var json: JSON {
    [
      "actions": .array(actions.map { .string($0) }), "autodelete": .bool(autodelete),
      "collections": .array(collections.map { .string($0) }),
      "description": .string(description), "expires_at": .int(expiresAt), "id": .int(id),
      "value_prefix": .string(prefix),
    ]
  }

  /// Whether what a key allows covers an action.
  ///
  /// `analytics` stands for all resources below it. Settings are made and replaced by one request, so
  /// `create` and `upsert` are the same; for documents they are not.
  private static func covers(_ allowed: String, _ action: String) -> Bool {
    guard allowed != "*", allowed != action else { return true }
    let (own, asked) = (allowed.split(separator: ":"), action.split(separator: ":"))
    guard own.count == 2, asked.count == 2 else { return false }
    let isResource =
      own[0] == asked[0] || own[0] == "*"
      || (own[0] == "analytics" && asked[0].hasPrefix("analytics/"))
    let isUpsert = own[1] == "upsert" && asked[1] == "create" && asked[0] != "documents"
    return isResource && (own[1] == "*" || own[1] == asked[1] || isUpsert)
  }

  /// Whether search keys can be derived from this one.
  var isParent: Bool { actions == ["documents:search"] }

  /// What verifies derived search keys; nil if it was sealed by another bootstrap key.
  func signing(_ sealing: SealingKey) -> SigningKey? {
    sealed.flatMap { sealing.open($0, context: digest) }.flatMap { SigningKey(bytes: $0) }
  }

  /// Keeps what verifies derived search keys, by the key's value.
  mutating func seal(_ value: [UInt8], _ sealing: SealingKey) {
    sealed = sealing.seal(SigningKey(of: value).bytes, context: digest)
  }

  /// Whether this is the key of a value; the time does not depend on where they differ.
  func matches(_ value: [UInt8]) -> Bool {
    Hashing.areEqual(Hashing.sha256(salt: salt, value), digest)
  }

  /// Whether the key allows an action, `resource:verb`, and a collection where one is named.
  public func allows(_ action: String, collection: String?) -> Bool {
    guard actions.contains(where: { Self.covers($0, action) }) else { return false }
    guard let collection else { return true }
    return patterns.contains { $0.matches(collection) }
  }
}

/// A regular expression over whole collection names, plain ones told apart since they are common.
private enum CollectionPattern: Sendable {
  case all
  case name(String)
  case expression(NSRegularExpression)

  static func all(_ texts: [String]) throws(IndexError) -> [CollectionPattern] {
    var patterns: [CollectionPattern] = []
    for text in texts {
      if text == "*" || text == ".*" {
        patterns.append(.all)
      } else if text.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }) {
        patterns.append(.name(text))
      } else if let expression = try? NSRegularExpression(pattern: "^(?:\(text))$") {
        patterns.append(.expression(expression))
      } else {
        throw IndexError(.invalid, "`\(text)` in `collections` is no regular expression.")
      }
    }
    return patterns
  }

  func matches(_ name: String) -> Bool {
    switch self {
    case .all: return true
    case .name(let own): return own == name
    case .expression(let expression):
      let range = NSRange(name.startIndex..., in: name)
      return expression.firstMatch(in: name, range: range) != nil
    }
  }
}

extension JSON {
  /// The member of a name, unless it is null, which clients send for what they leave out.
  func given(_ name: String) -> JSON? {
    self[name].flatMap { $0 == .null ? nil : $0 }
  }
}
