// SPDX-License-Identifier: Apache-2.0

/// What one step of a search is asked for.
struct CompletionRequest {
  /// The documents of this level that earlier steps found.
  var known: UnsafeBufferPointer<UInt32>
  /// How many new ones are wanted.
  var limit: Int
}

extension CompletionLevel {
  /// Appends a document unless it is hidden or known; returns whether it did.
  @inline(__always)
  @discardableResult
  func accept(
    _ document: UInt32,
    _ request: CompletionRequest,
    _ found: FlatArray<UInt32>
  ) -> Bool {
    if let hidden, hidden.contains(Int(document)) { return false }
    for known in request.known where known == document { return false }
    found.append(document)
    return true
  }

  /// Finds the best completions with a key that starts with `prefix`.
  ///
  /// - Complexity: O(length of the prefix + `limit` log `limit`), whatever the number of matches.
  func findPrefix(
    _ prefix: UnsafeBufferPointer<UInt8>,
    _ request: CompletionRequest,
    _ scratch: inout CompletionScratch
  ) {
    guard let base = prefix.baseAddress else { return }
    let range = index.keys.range(base, prefix.count)
    let documents = index.keyDocuments
    let found = scratch.found
    if range.count == 1 {
      if accept(documents.values[range.lowerBound], request, found) {
        scratch.foundKeys.append(UInt32(range.lowerBound))
      }
      return
    }
    scratch.heap.removeAll()
    documents.seed(range, &scratch.heap)
    var last = UInt32.max
    while found.count < request.limit, let item = scratch.heap.pop() {
      guard let key = documents.expand(item, keepsEqual: false, &scratch.heap) else { continue }
      // Two keys of one completion come one after the other.
      if item.value != last, accept(item.value, request, found) {
        scratch.foundKeys.append(UInt32(key))
        index.keys.prefetch(key)
      }
      last = item.value
    }
  }
}
