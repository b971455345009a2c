// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hashing
import JSON
import Neural
import Testing

/// The installed neural directory; tests that run models are skipped where it is missing.
let neural: NeuralDirectory = {
  let environment = ProcessInfo.processInfo.environment
  let home = environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? "") + "/.local/share"
  return NeuralDirectory(path: environment["MARTLET_NEURAL_DIR"] ?? home + "/martlet/neural")
}()
let isInstalled = FileManager.default.fileExists(atPath: neural.libraries + "/libopenvino_c.so")

/// The command that looks at models, built beside the tests.
let probe: [String] = {
  let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return [(tests as NSString).deletingLastPathComponent + "/martlet", "model-probe"]
}()

/// A file of the folder Fixtures, which make_models.py writes.
func fixture(_ name: String) throws -> Data {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  return try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(name).onnx"))
}

/// The description of the fixture rankers.
func rankerDescription(_ columns: [String] = ["recall_score", "cosine", "price"]) -> JSON {
  [
    "format": 1, "id": "test", "version": "1", "kind": "ranker", "file": "model.onnx",
    "inputs": [["name": "features", "columns": .array(columns.map { .string($0) })]],
    "output": "score",
  ]
}

/// Writes a model's directory, with the right digest unless the description has one.
func writeModel(_ file: Data, _ description: JSON = rankerDescription(), in folder: String) throws {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  try file.write(to: URL(fileURLWithPath: folder + "/model.onnx"))
  let digest = Hashing.sha256([UInt8](file)).map { String(format: "%02x", $0) }.joined()
  let members = [JSON.Member("sha256", .string(digest))] + (description.object ?? [])
  try Data(JSON.object(members).serialized())
    .write(to: URL(fileURLWithPath: folder + "/model.json"))
}

/// The message of the ``NeuralError`` that a body throws; nil if it throws none.
func refusal<T>(_ body: () throws -> T) rethrows -> String? {
  do {
    _ = try body()
    return nil
  } catch let error as NeuralError {
    return error.message
  }
}
