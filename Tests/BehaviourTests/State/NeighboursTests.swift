// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Behaviour

struct NeighboursTests {
  @Test func keepsTheHeaviestAndLetsRisingOnesIn() {
    let halfLives = HalfLives()
    var list = Neighbours()
    let day: UInt32 = 86_400
    // One is met often for a month, others once each.
    for number in 0..<30 as Range<UInt32> {
      for _ in 0..<20 { list.add(1, 1, at: number * day, atMost: 8, halfLives) }
      for other in 0..<9 as Range<UInt32> {
        list.add(100 + number * 9 + other, 1, at: number * day, atMost: 8, halfLives)
      }
    }
    #expect(list.entries.count == 8)
    #expect(list.weight(of: 1, at: 29 * day, halfLives) > 300)
    for _ in 0..<3 { list.add(7, 1, at: 30 * day, atMost: 8, halfLives) }
    list.add(8, 1, at: 30 * day, atMost: 8, halfLives)
    #expect(list.weight(of: 7, at: 30 * day, halfLives) == 3)
    #expect(list.weight(of: 1, at: 30 * day, halfLives) > 300)
  }

  @Test func whatIsTakenBackIsGone() {
    var list = Neighbours()
    list.add(1, 1, at: 1000, atMost: 8, HalfLives())
    list.add(1, 1, at: 500_000, atMost: 8, HalfLives())
    list.add(1, -1, at: 1000, atMost: 8, HalfLives())
    #expect(abs(list.weight(of: 1, at: 500_000, HalfLives()) - 1) < 1e-4)
    list.add(1, -1, at: 500_000, atMost: 8, HalfLives())
    #expect(list.entries.isEmpty)
  }
}
