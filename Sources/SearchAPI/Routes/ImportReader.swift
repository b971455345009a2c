// SPDX-License-Identifier: Apache-2.0
//
// An import of any length in bounded memory: lines are taken as they arrive and committed in batches.
// Only the answer grows with the number of lines, by some 20 bytes each unless documents are asked
// back; past its limit the rest of the import is refused line by line with a short reason.

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// Imports JSON lines; answers with one line for each, in order.
///
/// One thread at a time.
final class ImportReader: HTTPBodyReader, @unchecked Sendable {
  private static let longestLine = 16 << 20
  private static let batchBytes = 32 << 20
  private static let answerLimit = 256 << 20

  /// A line that was read: its operation, or why there is none.
  private enum Line {
    case operation
    case refused(any Error)
  }

  private let call: Call
  private let action: DocumentOperation.Action
  private let dirtyValues: DirtyValues
  private let batchSize: Int
  private let returnsID: Bool
  private let returnsDocument: Bool
  /// Bytes of a line whose end has not come yet.
  private var rest: [UInt8] = []
  private var isSkipping = false
  private var lines: [Line] = []
  private var operations: [DocumentOperation] = []
  private var bytes = 0
  private var answer = JSONWriter()

  init(_ call: Call) throws {
    self.call = call
    action = try call.action()
    dirtyValues = try call.dirtyValues()
    // A client's batch size is for its own sake; a commit for every few documents would be slow.
    batchSize = min(max(1000, try call.integer("batch_size") ?? 0), Engine.batchSize)
    returnsID = call.request.query["return_id"] == "true"
    returnsDocument = call.request.query["return_doc"] == "true"
  }

  func read(_ part: [UInt8]) {
    part.withUnsafeBufferPointer { part in
      var start = 0
      while let end = part[start...].firstIndex(of: 0x0A) {
        take(UnsafeBufferPointer(rebasing: part[start..<end]))
        start = end + 1
      }
      keep(part[start...])
    }
  }

  func finish() -> HTTPResponse {
    take(UnsafeBufferPointer(start: nil, count: 0))
    flush()
    return .lines(.bytes(answer.bytes))
  }

  private func keep(_ part: Slice<UnsafeBufferPointer<UInt8>>) {
    if rest.count + part.count > Self.longestLine {
      isSkipping = true
      rest = []
    } else if !isSkipping {
      rest.append(contentsOf: part)
    }
  }

  /// Takes the end of a line, what came before it being kept.
  private func take(_ end: UnsafeBufferPointer<UInt8>) {
    if !isSkipping, rest.isEmpty {
      add(end)
    } else {
      keep(end[...])
      let line = rest
      rest = []
      line.withUnsafeBufferPointer { add($0) }
    }
  }

  private func add(_ line: UnsafeBufferPointer<UInt8>) {
    if isSkipping {
      isSkipping = false
      let error = JSONError("The document is longer than 16 MB: send a shorter one.")
      lines.append(.refused(error))
    } else if !LineReader.isBlank(line) {
      operations.append(
        DocumentOperation(action, utf8: Array(line), dirtyValues: dirtyValues)
      )
      lines.append(.operation)
    }
    bytes += line.count
    if lines.count >= batchSize || bytes >= Self.batchBytes { flush() }
  }

  private func flush() {
    var results = written().makeIterator()
    var number = 0
    for line in lines {
      if !answer.bytes.isEmpty { answer.bytes.append(0x0A) }
      switch line {
      case .refused(let error): refuse(error, [])
      case .operation:
        switch results.next() {
        case .success(let id): accept(id)
        case .failure(let error): refuse(error, operations[number].document)
        case nil: refuse(IndexError(.io, "The write gave no result: try again."), [])
        }
        number += 1
      }
    }
    lines.removeAll(keepingCapacity: true)
    operations.removeAll(keepingCapacity: true)
    bytes = 0
  }

  private func written() -> [OperationResult] {
    guard answer.bytes.count < Self.answerLimit else {
      let error = IndexError(.full, "The answer is too long: import in several requests.")
      return operations.map { _ in .failure(error) }
    }
    do {
      return try call.write(operations)
    } catch let error as IndexError {
      return operations.map { _ in .failure(error) }
    } catch {
      return operations.map { _ in .failure(IndexError(.io, "\(error)")) }
    }
  }

  private func accept(_ id: String) {
    var members: [JSON.Member] = []
    if returnsDocument, let bytes = try? call.collection().snapshot.document(id),
      let document = try? JSON(parsing: bytes)
    {
      members.append(JSON.Member("document", document))
    }
    if returnsID { members.append(JSON.Member("id", .string(id))) }
    answer.write(.object(members + [JSON.Member("success", true)]))
  }

  private func refuse(_ error: any Error, _ line: [UInt8]) {
    let (code, message) = HTTPResponse.describe(error)
    var members = [JSON.Member("code", .int(Int64(code)))]
    if returnsDocument {
      members.append(JSON.Member("document", .string(String(decoding: line, as: UTF8.self))))
    }
    members.append(JSON.Member("error", .string(message)))
    if returnsID, let id = (try? JSON(parsing: line))?["id"]?.string {
      members.append(JSON.Member("id", .string(id)))
    }
    answer.write(.object(members + [JSON.Member("success", false)]))
  }
}
