// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CFilterKernels
@testable import CollaborativeFiltering

/// Training to a file, reading it back, and scoring from it.
@Suite struct ModelTests {
  static func options(neighbours: Int) -> TrainingOptions {
    var options = TrainingOptions()
    options.neighbours = neighbours
    options.settings = FilterSettings()
    options.settings?.rank = 8
    return options
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func scoresAreSumsOfTheKeptWeights(seed: UInt64) throws {
    let interactions = someInteractions(users: 80, items: 70, perUser: 8, seed: seed)
    let options = Self.options(neighbours: 12)
    let model = try withModelPath { path in
      try FilterTrainer(interactions, options: options).train(to: path)
      return try FilterModel(path: path)
    }
    #expect(model.count == interactions.items.count)
    #expect(model.users == 80 && model.settings == options.settings)
    let graph = TrainingGraph(interactions.matrix)
    let settings = try #require(options.settings)
    let factors = try SpectralFactors(
      graph,
      userExponent: settings.spectralUserExponent,
      itemExponent: settings.spectralItemExponent,
      rank: 8,
      threads: 2,
      seed: options.seed
    )
    let rows = FilterRows(graph, settings, factors: factors)
    let block = DenseMatrix(rows: rows.width, width: rows.width)
    rows.write(Array(0..<rows.width), to: block)
    var dense = PlainMatrix(block).rows
    for item in dense.indices {
      #expect(model.name(of: UInt32(item)) == interactions.items[item])
      #expect(model.number(of: interactions.items[item]) == UInt32(item))
      let order = dense[item].indices.sorted { abs(dense[item][$0]) > abs(dense[item][$1]) }
      let least = abs(dense[item][order[11]])
      let strongest = abs(dense[item][order[0]])
      let kept = model.neighbours(of: UInt32(item))
      for one in kept {
        let weight = dense[item][Int(one.item)]
        #expect(abs(weight) >= least - 1e-6)
        #expect(abs(Double(one.weight) - weight) <= strongest / 32767 + 1e-6)
      }
      dense[item] = dense[item].map { _ in 0 }
      for one in kept { dense[item][Int(one.item)] = Double(one.weight) }
    }
    #expect(model.number(of: "nothing") == nil)
    var random = SplitMix64(seed: seed)
    var scorer = FilterScorer(model)
    for _ in 0..<50 {
      let history = (0..<Int.random(in: 0...9, using: &random)).map { _ in
        HistoryItem(.random(in: 0..<80, using: &random), weight: .random(in: 0...1, using: &random))
      }
      let candidates = (0..<30).map { _ in UInt32.random(in: 0..<80, using: &random) }
      let all = scorer.allScores(history: history)
      let some = scorer.scores(of: candidates, history: history)
      for (candidate, score) in zip(candidates, some) {
        guard Int(candidate) < model.count else {
          #expect(score == 0)
          continue
        }
        let expected = history.filter { Int($0.item) < model.count }.reduce(
          Double(model.prior(Int(candidate)))
        ) { $0 + Double($1.weight) * dense[Int($1.item)][Int(candidate)] }
        #expect(abs(Double(score) - expected) < 1e-4 * max(1, abs(expected)))
        #expect(abs(all[Int(candidate)] - score) < 1e-5 * max(1, abs(score)))
      }
    }
  }

  @Test func withoutHistoryPopularItemsComeFirst() throws {
    let interactions = someInteractions(users: 80, items: 70, perUser: 8, seed: 4)
    let model = try withModelPath { path in
      try FilterTrainer(interactions, options: Self.options(neighbours: 5)).train(to: path)
      return try FilterModel(path: path)
    }
    let list = FilterScorer(model).recommend(10, history: [])
    let counts = interactions.popularity
    let sorted = counts.indices.sorted { (counts[$0], -$0) > (counts[$1], -$1) }
    #expect(list.map(Int.init) == Array(sorted.prefix(10)))
    let taken = HistoryItem(list[0])
    #expect(!FilterScorer(model).recommend(70, history: [taken]).contains(list[0]))
  }

  @Test func anInterruptedTrainingEndsAsAnUninterruptedOne() throws {
    let interactions = someInteractions(users: 200, items: 90, perUser: 10, seed: 5)
    var options = Self.options(neighbours: 9)
    options.settings = nil
    options.rank = 24
    try withModelPath { path in
      let keep = path + ".kept"
      var trainer = FilterTrainer(interactions, options: options) { progress in
        guard case .rows(let done, _) = progress, done == 64 else { return }
        for part in [".partial", ".checkpoint"] {
          try? FileManager.default.copyItem(atPath: path + part, toPath: keep + part)
        }
      }
      trainer.rowsBetweenNotes = 32
      try trainer.train(to: path)
      #expect(FileManager.default.fileExists(atPath: keep + ".checkpoint"))
      var tried = 0
      var rows: [Int] = []
      var again = FilterTrainer(interactions, options: options) { progress in
        if case .tried = progress { tried += 1 }
        if case .rows(let done, _) = progress { rows.append(done) }
      }
      again.rowsBetweenNotes = 32
      try again.train(to: keep)
      #expect(tried == 0 && rows == [90])
      let (one, other) = (
        FileManager.default.contents(atPath: path), FileManager.default.contents(atPath: keep)
      )
      #expect(one != nil && one == other)
      for part in [".partial", ".checkpoint"] {
        #expect(!FileManager.default.fileExists(atPath: keep + part))
      }
    }
  }

  @Test func anyBytesGiveAModelOrAnError() throws {
    let interactions = someInteractions(users: 40, items: 30, perUser: 5, seed: 6)
    try withModelPath { path in
      try FilterTrainer(interactions, options: Self.options(neighbours: 4)).train(to: path)
      let good = [UInt8](try #require(FileManager.default.contents(atPath: path)))
      func open(_ bytes: [UInt8]) throws -> FilterModel {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try FilterModel(path: path)
      }
      func kind(_ bytes: [UInt8]) -> FilterError.Kind? {
        do {
          _ = try open(bytes)
          return nil
        } catch { return (error as? FilterError)?.kind }
      }
      #expect(kind(good) == nil)
      #expect(kind([]) == .corrupt)
      #expect(kind(Array(good.dropLast())) == .corrupt)
      #expect(kind(Array("user item item".utf8)) == .corrupt)
      var other = good
      other[4] = 2
      #expect(kind(other) == .tooNew)
      other[4] = 0
      #expect(kind(other) == .tooOld)
      var random = SplitMix64(seed: 6)
      for round in 0..<600 {
        var bytes = good
        for _ in 0...round % 3 {
          let place = Int.random(in: 0..<bytes.count - 8, using: &random)
          bytes[place] ^= UInt8.random(in: 1...255, using: &random)
        }
        if bytes[4] == good[4], bytes[5] == good[5] {
          #expect(kind(bytes) == .corrupt, "round \(round)")
        }
        // The same damage under a right checksum must not lead outside.
        let sum = martlet_filter_checksum(0, bytes, bytes.count - 8)
        withUnsafeBytes(of: sum.littleEndian) {
          bytes.replaceSubrange((bytes.count - 8)..., with: $0)
        }
        guard let model = try? open(bytes) else { continue }
        var scorer = FilterScorer(model)
        let history = (0..<40).map { HistoryItem($0) }
        _ = scorer.scores(of: Array(0..<40), history: history)
        _ = scorer.recommend(5, history: history)
        for item in 0..<40 {
          _ = model.neighbours(of: UInt32(item))
          _ = model.name(of: UInt32(item)).flatMap { model.number(of: $0) }
        }
      }
    }
  }
}
