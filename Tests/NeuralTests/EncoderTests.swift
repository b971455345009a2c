// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Neural

@Suite struct EncoderTests {
  @Test(arguments: [1, 2, 3]) func batchesHoldEachTextOnce(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let tokens = (0..<200).map { _ in
      [Int32](repeating: 7, count: Int.random(in: 2...128, using: &random))
    }
    let batches = TokenBatch.group(tokens)
    #expect(batches.flatMap(\.rows).sorted() == Array(tokens.indices), "seed \(seed)")
    for batch in batches {
      #expect(batch.length == batch.rows.map { tokens[$0].count }.max())
      #expect(batch.rows.count == 1 || batch.rows.count * batch.length <= 1024)
      let (ids, mask, types) = batch.tensors(tokens, padding: 9)
      for tensor in [ids, mask, types] {
        #expect(tensor.shape == [batch.rows.count, batch.length])
        #expect(tensor.count == batch.rows.count * batch.length)
      }
      guard case .integers(let numbers) = ids.values, case .integers(let ones) = mask.values else {
        Issue.record("not integers")
        continue
      }
      for (number, one) in zip(numbers, ones) { #expect(number == (one == 1 ? 7 : 9)) }
      #expect(ones.reduce(0, +) == Int64(batch.rows.reduce(0) { $0 + tokens[$1].count }))
    }
  }

  @Test func theCacheIsBoundedAndKeepsWhatIsAskedFor() {
    let cache = VectorCache(capacity: 10)
    for number in 0..<1000 {
      cache.insert([Float(number)], of: "\(number)")
      #expect(cache["\(number)"] == [Float(number)])
      if number > 0 { #expect(cache["0"] == [0]) }
      #expect(cache.count <= 10)
    }
    #expect(cache["500"] == nil)
    cache.insert([1], of: String(repeating: "x", count: 2000))
    #expect(cache[String(repeating: "x", count: 2000)] == nil)
  }

  /// What a service that counts a text's bytes answers to some input.
  private func answers(to input: [UInt8]) throws -> [UInt8] {
    let (into, from) = (Pipe(), Pipe())
    try into.fileHandleForWriting.write(contentsOf: input)
    try into.fileHandleForWriting.close()
    let service = EncoderService(
      dimension: 1,
      model: "m@1",
      input: into.fileHandleForReading.fileDescriptor,
      output: from.fileHandleForWriting.fileDescriptor
    ) { texts in
      if texts.contains("bad") { throw NeuralError("no") }
      return texts.map { [Float($0.utf8.count)] }
    }
    defer { try? from.fileHandleForReading.close() }
    let result = Result { try service.run() }
    try from.fileHandleForWriting.close()
    try result.get()
    return [UInt8](try from.fileHandleForReading.readToEnd() ?? Data())
  }

  @Test func requestsAreAnsweredInOrder() throws {
    let greeting = Array("MTLE".utf8) + [1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0] + Array("m@1".utf8)
    #expect(try answers(to: []) == greeting)
    let input =
      EncoderFrames.request(["äb", ""]) + EncoderFrames.request(["bad"])
      + EncoderFrames.request(["x"])
    let expected =
      greeting + EncoderFrames.answer([[3], [0]]) + EncoderFrames.failure("no")
      + EncoderFrames.answer([[1]])
    #expect(try answers(to: input) == expected)
    // An input that breaks off ends the service.
    #expect(try answers(to: Array(input.dropLast(1))) == Array(expected.dropLast(8)))
  }

  @Test func malformedRequestsAreRefused() throws {
    for input: [UInt8] in [
      [0, 0, 0, 0], [255, 255, 255, 255], [1, 4, 0, 0], [1, 0, 0, 0, 255, 255, 255, 127],
    ] {
      #expect(throws: NeuralError.self) { try answers(to: input) }
    }
  }
}
