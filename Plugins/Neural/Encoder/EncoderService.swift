// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Answers requests of ``EncoderFrames`` from a pair of file descriptors.
public struct EncoderService {
  private let dimension: Int
  private let model: String
  private let encode: ([String]) throws -> [[Float]]
  private let input: Int32
  private let output: Int32

  /// - Parameters:
  ///   - dimension: Elements of a vector.
  ///   - model: The model's id and version.
  ///   - input: Where requests come from.
  ///   - output: Where answers go.
  ///   - encode: Makes the vectors.
  public init(
    dimension: Int,
    model: String,
    input: Int32 = 0,
    output: Int32 = 1,
    encode: @escaping ([String]) throws -> [[Float]]
  ) {
    self.dimension = dimension
    self.model = model
    self.input = input
    self.output = output
    self.encode = encode
  }

  /// Greets, then answers until the input ends or breaks the protocol.
  ///
  /// - Throws: ``NeuralError`` if a request is malformed.
  public func run() throws {
    guard write(EncoderFrames.greeting(dimension: dimension, model: model)) else { return }
    while let texts = try request() {
      let answer: [UInt8]
      do {
        answer = EncoderFrames.answer(try encode(texts))
      } catch {
        answer = EncoderFrames.failure("\(error)")
      }
      guard write(answer) else { return }
    }
  }

  private func request() throws -> [String]? {
    guard let head = read(4) else { return nil }
    let count = Int(EncoderFrames.number(head))
    guard (1...EncoderFrames.mostTexts).contains(count) else {
      throw NeuralError("A request has 1 to \(EncoderFrames.mostTexts) texts, not \(count).")
    }
    var texts: [String] = []
    for _ in 0..<count {
      guard let head = read(4) else { return nil }
      let length = Int(EncoderFrames.number(head))
      guard length <= EncoderFrames.longestText else {
        throw NeuralError("A text has at most \(EncoderFrames.longestText) bytes, not \(length).")
      }
      guard let bytes = read(length) else { return nil }
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    return texts
  }

  /// Nil at the end of the input.
  private func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        Foundation.read(input, $0.baseAddress?.advanced(by: filled), count - filled)
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return nil }
      filled += got
    }
    return bytes
  }

  /// False if nobody reads any more.
  private func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let put = bytes.withUnsafeBytes {
        Foundation.write(output, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { return false }
      sent += put
    }
    return true
  }
}
