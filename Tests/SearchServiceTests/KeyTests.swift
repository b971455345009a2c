// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hashing
import JSON
import SearchIndex
import Testing

@testable import SearchService

@Suite struct KeyTests {
  private func open(_ body: (IndexStore) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "martlet-keys-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(try IndexStore(directory: directory.path))
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }

  /// FIPS 180-4's example and RFC 4231's cases 1, 2 and 6, whose key is longer than a block.
  @Test func digestsAreThoseOfTheStandards() {
    #expect(
      hex(Hashing.sha256(salt: Array("a".utf8), Array("bc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    let cases: [([UInt8], String, String)] = [
      (
        [UInt8](repeating: 0x0b, count: 20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xaa, count: 131),
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ]
    for (key, message, code) in cases {
      #expect(hex(SigningKey(of: key).code(of: Array(message.utf8))) == code)
    }
  }

  @Test func noValueIsStored() throws {
    try open { store in
      let settings = try SettingsStore(store)
      let keys = KeyRing(settings, bootstrap: "the-bootstrap-key")
      let value = "a-secret-that-nobody-may-read"
      _ = try keys.create([
        "description": "d", "value": .string(value), "actions": ["documents:search"],
        "collections": ["*"],
      ])
      for (_, bytes) in try store.settings() {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("secret") && !text.contains("bootstrap"))
      }
      let again = KeyRing(try SettingsStore(store), bootstrap: "other")
      #expect(again.grant(value, now: 0)?.allows("documents:search", collection: "c") == true)
      #expect(again.grant("the-bootstrap-key", now: 0) == nil)
      #expect(again.grant("other", now: 0)?.allows("keys:create") == true)
      #expect(again.grant("a-se", now: 0) == nil)
      #expect(again.grant("", now: 0) == nil)
    }
  }

  @Test func actionsAndCollectionsAreHeldTo() throws {
    try open { store in
      let keys = KeyRing(try SettingsStore(store), bootstrap: "b")
      let cases: [(actions: [String], collections: [String], allowed: [String], not: [String])] = [
        (["*"], ["*"], ["keys:create c", "documents:get d"], []),
        (["documents:*"], ["c"], ["documents:get c"], ["documents:get cc", "collections:get c"]),
        (["documents:get"], ["shop_.*"], ["documents:get shop_1"], ["documents:get xshop_1"]),
        (["documents:get"], ["a|b"], ["documents:get a"], ["documents:get ab"]),
        (["synonym_sets:*"], ["*"], ["synonym_sets:get c"], ["synonym_sets/items:get c"]),
      ]
      for (actions, collections, allowed, not) in cases {
        let (key, _) = try keys.create([
          "description": "d", "actions": .array(actions.map { .string($0) }),
          "collections": .array(collections.map { .string($0) }),
        ])
        for (list, expected) in [(allowed, true), (not, false)] {
          for text in list {
            let parts = text.split(separator: " ").map(String.init)
            #expect(key.allows(parts[0], collection: parts[1]) == expected, "\(actions) \(text)")
          }
        }
      }
      #expect(throws: IndexError.self) {
        try keys.create(["description": "d", "actions": ["*"], "collections": ["("]])
      }
    }
  }

  /// A search key derived from a parent, as clients make it.
  private func derived(_ parent: String, _ parameters: String) -> String {
    let code = SigningKey(of: Array(parent.utf8)).code(of: Array(parameters.utf8))
    let text = Data(code).base64EncodedString() + parent.prefix(4) + parameters
    return Data(text.utf8).base64EncodedString()
  }

  @Test func whatIsStoredSignsNoSearchKeys() throws {
    try open { store in
      let keys = KeyRing(try SettingsStore(store), bootstrap: "b")
      let (_, value) = try keys.create([
        "description": "d", "actions": ["documents:search"], "collections": ["*"],
      ])
      let scoped = derived(value, #"{"filter_by":"a:1"}"#)
      #expect(keys.grant(scoped, now: 0)?.scope == "a:1")
      let states = SigningKey(of: Array(value.utf8)).bytes
      for (_, bytes) in try store.settings() {
        let stored = try JSON(parsing: bytes)
        for member in stored.object ?? [] {
          let decoded =
            member.value.string.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? []
          #expect(decoded.firstRange(of: states.prefix(16)) == nil, "\(member.key)")
        }
      }
      #expect(KeyRing(try SettingsStore(store), bootstrap: "b").grant(scoped, now: 0) != nil)
      // Under another bootstrap key they wait for the parent to be seen once.
      let changed = KeyRing(try SettingsStore(store), bootstrap: "other")
      #expect(changed.grant(scoped, now: 0) == nil)
      #expect(changed.grant(value, now: 0) != nil)
      #expect(changed.grant(scoped, now: 0)?.scope == "a:1")
      #expect(KeyRing(try SettingsStore(store), bootstrap: "other").grant(scoped, now: 0) != nil)
    }
  }

  @Test func seals() {
    let key = SealingKey(password: Array("p".utf8), salt: [1])
    let sealed = key.seal([1, 2, 3], context: [9])
    #expect(key.open(sealed, context: [9]) == [1, 2, 3])
    #expect(key.open(sealed, context: [8]) == nil)
    #expect(key.open(Array(sealed.dropLast()), context: [9]) == nil)
    #expect(key.open([], context: []) == nil)
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(key.open(changed, context: [9]) == nil)
    }
    let other = SealingKey(password: Array("q".utf8), salt: [1])
    #expect(other.open(sealed, context: [9]) == nil)
  }
}
