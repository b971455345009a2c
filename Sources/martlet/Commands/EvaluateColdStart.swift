// SPDX-License-Identifier: Apache-2.0

import CollaborativeFiltering

extension EvaluateFilter {
  /// New products and new shoppers: those held out are told apart by a number that chance gives them.
  static func runCold(_ arguments: Arguments, depth: Int) throws {
    var kinds: [String: [String]] = [:]
    if let path = arguments.values["items"] {
      try TextInput.forEachLine(of: path) { line in
        let words = String(decoding: line, as: UTF8.self).split(separator: "\t").map(String.init)
        if let item = words.first { kinds[item] = Array(words.dropFirst()) }
      }
    }
    let all = try TrainCommand.interactions(at: try arguments.required("train"))
    let split = ColdSplit(all, seed: UInt64(try arguments.integer("seed", default: 1)))
    let (model, _) = try model(split.training, arguments)
    let result = ColdStartEvaluation(
      model,
      split: split,
      kinds: kinds,
      history: max(0, try arguments.integer("history", default: 1)),
      depth: depth
    )
    var figures: [(String, Double)] = []
    for (name, found) in [
      ("items", result.items), ("items_popular", result.itemsByPopularity),
      ("shoppers", result.shoppers), ("shoppers_popular", result.shoppersByPopularity),
    ] {
      figures += [("\(name)_hr@\(depth)", found.hitRate), ("\(name)_ndcg@\(depth)", found.ndcg)]
    }
    figures += [
      ("cold_items", Double(result.items.cases)), ("cold_shoppers", Double(result.shoppers.cases)),
    ]
    report(figures, json: arguments.flags.contains("json"))
  }
}
