// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Neural
import TestSupport
import Testing

@Suite struct RankerTests {
  @Test(.enabled(if: isInstalled), arguments: ["ranker", "ranker-batch-4"], [1, 31, 32, 33, 100])
  func aFileScoresEachRow(_ name: String, _ count: Int) throws {
    try withTemporaryDirectory { folder in
      try writeModel(try fixture(name), in: folder)
      let ranker = try Ranker(ModelDirectory(path: folder)) { () throws(NeuralError) in
        try InferenceRuntime(neural)
      }
      let rows = (0..<count * 3).map { Float($0 % 17) - 8 }
      let scores = try ranker.scores(rows[...])
      let expected = (0..<count).map { row -> Float in
        let row = rows[3 * row..<3 * row + 3]
        return row[row.startIndex] + 2 * row[row.startIndex + 1] - row[row.startIndex + 2] / 2
          + 0.25
      }
      #expect(scores == expected)
    }
  }

  @Test func aLinearModelNeedsNoRuntime() throws {
    try withTemporaryDirectory { folder in
      let text = """
        {"format":1,"id":"f","version":"1","kind":"ranker",
         "linear":{"bias":0.5,"weights":{"recall_score_share":1,"cosine":2}}}
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/model.json"))
      let ranker = try Ranker(ModelDirectory(path: folder)) { () throws(NeuralError) in
        throw NeuralError("no runtime")
      }
      var columns = CandidateColumns(recallScores: [4, 2], recallRanks: [0, 1], queryWords: 1)
      columns["cosine"] = [0.25, .nan]
      #expect(try ranker.scores(ranker.assembly.rows(columns)[...]) == [2, 1])
    }
  }

  @Test func aDigestThatDiffersIsRefused() throws {
    try withTemporaryDirectory { folder in
      try writeModel(try fixture("ranker"), in: folder)
      try fixture("nan").write(to: URL(fileURLWithPath: folder + "/model.onnx"))
      let message = try refusal { try ModelDirectory(path: folder) }
      #expect(message?.contains("SHA-256") == true)
    }
  }

  @Test func aGreatFileIsRefusedUnread() throws {
    try withTemporaryDirectory { folder in
      try writeModel(try fixture("ranker"), in: folder)
      // Takes no room: all but the first bytes is a hole.
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/model.onnx"))
      try file.truncate(atOffset: 3 << 30)
      try file.close()
      let message = try refusal { try ModelDirectory(path: folder) }
      #expect(message?.contains("3221225472 bytes") == true)
    }
  }
}
