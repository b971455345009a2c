// SPDX-License-Identifier: Apache-2.0
//
// Recursive graph bisection (Dhulipala et al., KDD 2016), with the one-sided quickselect step of
// Mackenzie et al. ("Tradeoff Options for Bipartite Graph Partitioning", TKDE 2023).
//
// A set of documents is cut into two halves. For each term, the halves' document frequencies give
// the bits that its gaps will take; each document gets the gain of lying in the right half rather
// than the left; the half with the least gains becomes the left one; repeat until little moves,
// then do the same inside each half. Similar documents end as neighbours, so gaps are short and the
// best-scoring documents of a term share few runs of 128.

import Dispatch
import Foundation

/// Orders documents so that those with the same terms are neighbours.
enum GraphBisection {
  /// Ranges smaller than this are left as they are.
  private static let leafSize = 64
  /// Rounds of exchange between two halves at most.
  private static let rounds = 8
  /// Terms in fewer documents say nothing about neighbourhood, and cost time.
  private static let leastFrequency: UInt32 = 16

  /// Returns the documents of `buffer` (whose tokens are term ranks) in their new order.
  static func order(of buffer: IndexBuffer, termCount: Int) -> [UInt32] {
    let graph = Graph(buffer, termCount: termCount, leastFrequency: leastFrequency)
    let documents = FlatArray<UInt32>(capacity: buffer.documentCount)
    for document in 0..<buffer.documentCount { documents.append(UInt32(document)) }
    let keys = FlatArray<Float>(capacity: buffer.documentCount)
    keys.resize(to: buffer.documentCount, filling: 0)
    bisect(graph, documents, keys, 0..<buffer.documentCount, threads: 2, nil)
    return Array(documents.buffer)
  }

  private static func bisect(
    _ graph: Graph,
    _ documents: FlatArray<UInt32>,
    _ keys: FlatArray<Float>,
    _ range: Range<Int>,
    threads: Int,
    _ scratch: Scratch?
  ) {
    guard range.count > leafSize else { return }
    let scratch = scratch ?? Scratch(termCount: graph.termCount)
    let middle = range.lowerBound + range.count / 2
    split(graph, documents.base, keys.base, range, middle, scratch)
    let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
    if threads > 1, range.count > 8192 {
      DispatchQueue.concurrentPerform(iterations: 2) { half in
        bisect(
          graph,
          documents,
          keys,
          half == 0 ? left : right,
          threads: threads / 2,
          half == 0 ? scratch : nil
        )
      }
    } else {
      bisect(graph, documents, keys, left, threads: 1, scratch)
      bisect(graph, documents, keys, right, threads: 1, scratch)
    }
  }

  private static func split(
    _ graph: Graph,
    _ documents: UnsafeMutablePointer<UInt32>,
    _ keys: UnsafeMutablePointer<Float>,
    _ range: Range<Int>,
    _ middle: Int,
    _ scratch: Scratch
  ) {
    let (degrees, gains, seen) = (scratch.degrees.base, scratch.gains.base, scratch.seen)
    let (starts, edges) = (graph.starts.base, graph.edges.base)
    seen.resize(to: 0, filling: 0)
    for index in range {
      let side = index < middle ? 0 : 1
      let document = Int(documents[index])
      for edge in Int(starts[document])..<Int(starts[document + 1]) {
        let term = Int(edges[edge])
        if degrees[2 * term] | degrees[2 * term + 1] == 0 { seen.append(UInt32(term)) }
        degrees[2 * term + side] += 1
      }
    }
    let leftCount = Float(middle - range.lowerBound)
    let rightCount = Float(range.upperBound - middle)
    let logs = graph.logs.base
    let (leftLog, rightLog) = (log2(leftCount), log2(rightCount))
    for _ in 0..<rounds {
      for index in 0..<seen.count {
        let term = Int(seen.base[index])
        let (l, r) = (Int(degrees[2 * term]), Int(degrees[2 * term + 1]))
        // Bits saved by moving one posting to the right, with cost(d, n) = d * log2(n / (d + 1)):
        // its derivative on either side, which one document's move hardly changes.
        gains[term] = (leftLog - logs[l]) - (rightLog - logs[r])
      }
      for index in range {
        let document = Int(documents[index])
        var gain: Float = 0
        for edge in Int(starts[document])..<Int(starts[document + 1]) {
          gain += gains[Int(edges[edge])]
        }
        keys[index] = gain
      }
      let moved = partition(documents, keys, range, middle) { document, toRight in
        let document = Int(document)
        let (from, to) = toRight ? (0, 1) : (1, 0)
        for edge in Int(starts[document])..<Int(starts[document + 1]) {
          let term = Int(edges[edge])
          degrees[2 * term + from] &-= 1
          degrees[2 * term + to] &+= 1
        }
      }
      if moved * 200 < range.count { break }
    }
    for index in 0..<seen.count {
      degrees[2 * Int(seen.base[index])] = 0
      degrees[2 * Int(seen.base[index]) + 1] = 0
    }
  }

  /// Exchanges documents between the halves so that the left one has the least keys.
  ///
  /// - Returns: How many documents changed sides.
  private static func partition(
    _ documents: UnsafeMutablePointer<UInt32>,
    _ keys: UnsafeMutablePointer<Float>,
    _ range: Range<Int>,
    _ middle: Int,
    moved: (UInt32, Bool) -> Void
  ) -> Int {
    let sorted = UnsafeMutablePointer<Float>.allocate(capacity: range.count)
    defer { sorted.deallocate() }
    sorted.update(from: keys + range.lowerBound, count: range.count)
    let pivot = select(sorted, count: range.count, rank: middle - range.lowerBound)
    // Wrongly placed documents are exchanged in pairs; keys equal to the pivot stay where they are.
    var (left, right) = (range.lowerBound, middle)
    var exchanged = 0
    while true {
      while left < middle, keys[left] <= pivot { left += 1 }
      while right < range.upperBound, keys[right] >= pivot { right += 1 }
      guard left < middle, right < range.upperBound else { break }
      moved(documents[left], true)
      moved(documents[right], false)
      swap(&documents[left], &documents[right])
      left += 1
      right += 1
      exchanged += 2
    }
    return exchanged
  }

  /// The value that sorting would put at `rank` (quickselect, middle pivot).
  private static func select(
    _ values: UnsafeMutablePointer<Float>,
    count: Int,
    rank: Int
  ) -> Float {
    var (low, high) = (0, count - 1)
    while low < high {
      let pivot = values[(low + high) / 2]
      var (i, j) = (low, high)
      while i <= j {
        while values[i] < pivot { i += 1 }
        while values[j] > pivot { j -= 1 }
        if i <= j {
          swap(&values[i], &values[j])
          i += 1
          j -= 1
        }
      }
      if rank <= j { high = j } else if rank >= i { low = i } else { break }
    }
    return values[rank]
  }
}

/// Term counts of the two halves and what follows from them, reused down the recursion.
private final class Scratch: @unchecked Sendable {
  let degrees = FlatArray<UInt32>()
  let gains = FlatArray<Float>()
  let seen = FlatArray<UInt32>()

  init(termCount: Int) {
    degrees.resize(to: 2 * termCount, filling: 0)
    gains.resize(to: termCount, filling: 0)
  }
}

/// The documents' distinct terms, renumbered without the rare and the ubiquitous ones.
private final class Graph: @unchecked Sendable {
  let starts = FlatArray<UInt32>()
  let edges = FlatArray<UInt32>()
  let logs = FlatArray<Float>()
  private(set) var termCount = 0

  init(_ buffer: IndexBuffer, termCount ranks: Int, leastFrequency: UInt32) {
    let documentCount = buffer.documentCount
    var frequencies = [UInt32](repeating: 0, count: ranks)
    var lastSeen = [UInt32](repeating: UInt32.max, count: ranks)
    var numbers = [UInt32](repeating: UInt32.max, count: ranks)
    Self.forEachDistinct(buffer, &lastSeen) { _, rank in frequencies[Int(rank)] += 1 }
    let most = max(UInt32(documentCount / 2), leastFrequency)
    for rank in 0..<ranks where frequencies[rank] >= leastFrequency && frequencies[rank] <= most {
      numbers[rank] = UInt32(termCount)
      termCount += 1
    }
    lastSeen = [UInt32](repeating: UInt32.max, count: ranks)
    var open = -1
    Self.forEachDistinct(buffer, &lastSeen) { document, rank in
      while open < document {
        starts.append(UInt32(edges.count))
        open += 1
      }
      let number = numbers[Int(rank)]
      if number != UInt32.max { edges.append(number) }
    }
    while open < documentCount {
      starts.append(UInt32(edges.count))
      open += 1
    }
    logs.resize(to: documentCount + 2, filling: 0)
    for degree in 0..<(documentCount + 2) { logs.base[degree] = log2(Float(degree + 1)) }
  }

  private static func forEachDistinct(
    _ buffer: IndexBuffer,
    _ lastSeen: inout [UInt32],
    _ body: (Int, UInt32) -> Void
  ) {
    lastSeen.withUnsafeMutableBufferPointer { lastSeen in
      for document in 0..<buffer.documentCount {
        for field in 0..<buffer.fieldCount {
          let (stream, starts) = (buffer.tokens[field].base, buffer.starts[field].base)
          for index in Int(starts[document])..<Int(starts[document + 1]) {
            let rank = stream[index]
            guard rank != IndexBuffer.hole, lastSeen[Int(rank)] != UInt32(document) else {
              continue
            }
            lastSeen[Int(rank)] = UInt32(document)
            body(document, rank)
          }
        }
      }
    }
  }
}
