// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import SearchIndex
import TestSupport
import Testing

@testable import SearchService

@Suite struct SettingsTests {
  /// Against a plain dictionary, the store being opened again now and then.
  @Test func settingsAreWhatWasLastWritten() throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "martlet-settings-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let store = try IndexStore(directory: directory.path)
    var settings = try SettingsStore(store)
    var model: [SettingsStore.Kind: [String: JSON]] = [:]
    let seed = UInt64.random(in: 0...(.max))
    var generator = SeededRandom(seed: seed)
    let names = ["a", "b c", "ä", String(repeating: "x", count: 255)]
    for round in 0..<200 {
      let kind: SettingsStore.Kind = Bool.random(using: &generator) ? .alias : .preset
      let name = names.randomElement(using: &generator) ?? "a"
      switch Int.random(in: 0..<4, using: &generator) {
      case 0:
        #expect(try settings.remove(kind, name) == model[kind]?[name])
        model[kind]?[name] = nil
      case 1:
        try settings.update(kind, name) { value in value = .array([value ?? .null]) }
        model[kind, default: [:]][name] = .array([model[kind]?[name] ?? .null])
      default:
        try settings.set(kind, name, ["n": .int(Int64(round))])
        model[kind, default: [:]][name] = ["n": .int(Int64(round))]
      }
      if round % 50 == 0 { settings = try SettingsStore(store) }
      for kind in [SettingsStore.Kind.alias, .preset] {
        let all = Dictionary(uniqueKeysWithValues: settings.all(kind).map { ($0.name, $0.value) })
        #expect(all == model[kind] ?? [:], "seed \(seed)")
      }
    }
    for bad in ["", String(repeating: "x", count: 256), "a\0b"] {
      #expect(throws: IndexError.self) { try settings.set(.alias, bad, .null) }
    }
  }

  @Test func facetParametersAreTakenApart() throws {
    let facets = try FacetParameters(
      "brand(sort_by: _alpha:desc), price(cheap:[0, 50], `a, b`:[50,]), plain"
    )
    #expect(facets.fields == ["brand", "price", "plain"])
    #expect(facets.options["brand"]?.order == .value(ascending: false))
    let ranges = facets.options["price"]?.ranges
    #expect(ranges?.first == FacetOptions.Range(label: "cheap", low: 0, high: 50))
    #expect(ranges?.last?.high == .infinity)
    for bad in ["price(cheap:[0])", "price(a:[x,1])", "brand(sort_by:nothing)", "brand(a"] {
      #expect(throws: IndexError.self, "\(bad)") { try FacetParameters(bad) }
    }
  }
}
