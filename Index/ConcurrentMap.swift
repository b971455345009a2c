// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Calls `transform` with each element, on as many threads as there are cores.
///
/// - Parameters:
///   - elements: Elements that may be used from another thread, each by one.
///   - transform: Makes a result of one element.
/// - Returns: The results, in the order of the elements.
/// - Throws: The error of the first element that gave one.
func concurrentMap<Element, T>(
  _ elements: [Element],
  _ transform: (Element) throws -> T
) throws -> [T] {
  var results = [Result<T, any Error>?](repeating: nil, count: elements.count)
  results.withUnsafeMutableBufferPointer { results in
    nonisolated(unsafe) let results = results
    nonisolated(unsafe) let elements = elements
    nonisolated(unsafe) let transform = transform
    DispatchQueue.concurrentPerform(iterations: elements.count) { index in
      results[index] = Result { try transform(elements[index]) }
    }
  }
  return try results.compactMap { try $0?.get() }
}
