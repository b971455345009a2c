// SPDX-License-Identifier: Apache-2.0

internal import COpenVINO
internal import Foundation

/// OpenVINO, opened from a neural directory; the processor runs the models.
///
/// Thread-safe. Models keep their runtime.
public final class InferenceRuntime: @unchecked Sendable {
  // The table is constant after init, and OpenVINO's core may be used by any number of threads.
  let table: martlet_openvino
  let core: OpaquePointer

  /// Opens `directory`/lib/libopenvino_c.so.
  ///
  /// - Throws: ``NeuralError`` that says how to install it, if it is missing or does not fit.
  public init(_ directory: NeuralDirectory) throws(NeuralError) {
    let path = directory.libraries + "/libopenvino_c.so"
    guard FileManager.default.fileExists(atPath: path) else { throw NeuralError(directory.remedy) }
    var table = martlet_openvino()
    if let problem = martlet_openvino_open(path, &table) {
      throw NeuralError(
        "\(path) cannot be used (\(String(cString: problem))): run 'Scripts/bootstrap --neural'."
      )
    }
    var core: OpaquePointer?
    guard table.core_create(&core) == 0, let core else {
      throw NeuralError("OpenVINO does not start: \(Self.lastError(table))")
    }
    self.table = table
    self.core = core
  }

  deinit { table.core_free(core) }

  /// Opens a model's file and compiles it.
  ///
  /// A file that is not trusted must be looked at with ``ModelProbe`` first: a hostile one can take
  /// much memory or crash the process.
  ///
  /// - Throws: ``NeuralError`` if the file cannot be read, or its inputs and output are not those
  ///   that `model.json` tells.
  public func load(
    _ directory: ModelDirectory,
    options: InferenceOptions = InferenceOptions()
  ) throws(NeuralError) -> InferenceModel {
    guard let file = directory.file else {
      throw NeuralError("The model \(directory.description.id) has no file to run.")
    }
    if let problem = ONNXFile.problem(file) { throw NeuralError("\(file) \(problem)") }
    let model = try InferenceModel(runtime: self, file: file, options: options)
    try model.check(against: directory.description)
    return model
  }

  /// Throws what OpenVINO says unless `status` is success.
  func check(_ status: ov_status, _ what: @autoclosure () -> String) throws(NeuralError) {
    guard status != 0 else { return }
    throw NeuralError("\(what()): \(Self.lastError(table))")
  }

  /// OpenVINO's last words in one line: its own source places are left out.
  private static func lastError(_ table: martlet_openvino) -> String {
    guard let text = table.get_last_err_msg() else { return "no reason given" }
    defer { table.free(text) }
    let lines = String(cString: text).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("Exception from src") && !$0.hasPrefix("Check '") }
    return String(lines.joined(separator: " ").prefix(400))
  }
}
