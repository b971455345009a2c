// SPDX-License-Identifier: Apache-2.0

/// Finds documents that hold terms one after the other in a field.
struct PhraseMatcher {
  let segment: Segment

  /// The documents in which `terms` follow each other in a field.
  ///
  /// `lastIsPrefix`: Whether the last term may go on.
  /// `isWhole`: Whether the phrase must be the whole field, or begin it if the last term may go on.
  func match(
    _ terms: [[UInt8]],
    field: Int,
    lastIsPrefix: Bool,
    isWhole: Bool
  ) throws(IndexError) -> Bitset {
    let empty = Bitset(count: segment.documentCount)
    var candidates: Bitset?
    var lists: [[PostingsList]] = []
    for (index, term) in terms.enumerated() {
      var entries: [TermDictionary.Entry] = []
      if lastIsPrefix, index == terms.count - 1 {
        segment.dictionary.forEach(prefix: term) { entry in
          entries.append(entry)
          return true
        }
      } else if let entry = segment.dictionary.lookUp(term) {
        entries.append(entry)
      }
      var found: [PostingsList] = []
      for entry in entries { found += try segment.lists(entry).filter { $0.field == field } }
      var marked = empty
      for list in found { marked.words.withUnsafeMutableBufferPointer { list.mark(in: $0) } }
      candidates?.formIntersection(marked)
      candidates = candidates ?? marked
      lists.append(found)
    }
    guard let candidates, terms.count > 1 || isWhole else { return candidates ?? empty }
    var result = empty
    candidates.forEach { document in
      if follows(lists, UInt32(document), field, isWhole: isWhole, goesOn: lastIsPrefix) {
        result.insert(document)
      }
    }
    return result
  }

  private func follows(
    _ lists: [[PostingsList]],
    _ document: UInt32,
    _ field: Int,
    isWhole: Bool,
    goesOn: Bool
  ) -> Bool {
    if isWhole, !goesOn,
      FieldLengths.length(segment.lengths[field][Int(document)]) != lists.count
    {
      return false
    }
    var starts: Set<UInt32>?
    for (offset, alternatives) in lists.enumerated() {
      var here: Set<UInt32> = []
      for list in alternatives {
        for position in list.positions(in: document) where position >= UInt32(offset) {
          here.insert(position - UInt32(offset))
        }
      }
      starts = starts.map { $0.intersection(here) } ?? here
      if starts?.isEmpty ?? true { return false }
    }
    return isWhole ? starts?.contains(0) ?? false : true
  }
}
