// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Splits work over threads.
enum Parallel {
  /// Calls `body` with consecutive ranges that cover 0..<count, `size` each at most, on up to
  /// `threads` threads at a time; `thread` says which of them, so that each can have its own memory.
  static func ranges(
    _ count: Int,
    by size: Int,
    threads: Int,
    _ body: @Sendable (_ range: Range<Int>, _ thread: Int) -> Void
  ) {
    let pieces = (count + size - 1) / size
    let lanes = max(1, min(threads, pieces))
    DispatchQueue.concurrentPerform(iterations: lanes) { lane in
      for piece in stride(from: lane, to: pieces, by: lanes) {
        body(piece * size..<min(count, (piece + 1) * size), lane)
      }
    }
  }
}

/// Memory that threads write at places that no other thread touches.
final class SharedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  let count: Int
  let base: UnsafeMutablePointer<Element>

  init(repeating value: Element, count: Int) {
    self.count = count
    base = .allocate(capacity: max(1, count))
    base.initialize(repeating: value, count: max(1, count))
  }

  deinit { base.deallocate() }

  subscript(index: Int) -> Element {
    get { base[index] }
    set { base[index] = newValue }
  }

  var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }
}
