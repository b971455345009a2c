// SPDX-License-Identifier: Apache-2.0

/// Counts field values over groups of documents: a value counts once for a group, however many of its
/// documents have it.
struct GroupCounts {
  let snapshot: Snapshot
  let groups: [[ScoredDocument]]

  /// The strings of a field that any group has, each once.
  func terms(_ index: Int) -> [(value: UnsafeRawBufferPointer, count: Int)] {
    let columns = snapshot.parts.map { $0.segment.columns[index] }
    // By part and ordinal, the string's place in `values`.
    var places = columns.map { [Int](repeating: -1, count: $0.termCount) }
    var byTerm: [String: Int] = [:]
    var values: [(value: UnsafeRawBufferPointer, count: Int)] = []
    var lastGroup: [Int] = []
    for (group, members) in groups.enumerated() {
      for member in members {
        let part = Int(member.segment)
        let column = columns[part]
        for value in column.range(Int(member.document)) {
          let ordinal = column.ordinal(value)
          if places[part][ordinal] < 0 {
            let term = column.term(ordinal)
            places[part][ordinal] = byTerm[term] ?? values.count
            if byTerm.updateValue(places[part][ordinal], forKey: term) == nil {
              values.append((column.termBytes(ordinal), 0))
              lastGroup.append(-1)
            }
          }
          let place = places[part][ordinal]
          guard lastGroup[place] != group else { continue }
          lastGroup[place] = group
          values[place].count += 1
        }
      }
    }
    return values
  }

  /// The numbers of a field that any group has.
  func numbers(_ index: Int) -> NumberCounts {
    let counts = NumberCounts()
    for members in groups {
      var seen: Set<Double> = []
      for member in members {
        let column = snapshot.parts[Int(member.segment)].segment.columns[index]
        for value in column.range(Int(member.document)) {
          let number = column.number(value)
          if seen.insert(number).inserted { counts.add(number) }
        }
      }
    }
    return counts
  }
}
