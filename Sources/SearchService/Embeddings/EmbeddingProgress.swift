// SPDX-License-Identifier: Apache-2.0

public import JSON

/// How far a collection's vectors are.
public struct EmbeddingProgress: Equatable, Sendable {
  /// The collection.
  public var collection: String
  /// `_embedding` for vectors of documents' text, else the field that documents bring them in.
  public var source: String
  /// What makes the vectors: a model's id and version; "" for those that documents bring.
  public var model: String
  /// Documents that are done.
  public var done: Int
  /// Live documents.
  public var documents: Int
  /// Documents whose text could not be embedded.
  public var failed = 0
  /// Documents embedded a second, of late; 0 when idle.
  public var rate = 0.0
  /// Why nothing goes on, or nil.
  public var problem: String?

  /// Whether every document has its vector, as of the last look.
  public var isComplete = false

  /// As clients read it.
  public var json: JSON {
    var members: [JSON.Member] = [
      JSON.Member("collection", .string(collection)), JSON.Member("source", .string(source)),
      JSON.Member("model", .string(model)), JSON.Member("done", .int(Int64(done))),
      JSON.Member("documents", .int(Int64(documents))),
      JSON.Member("complete", .bool(isComplete)), JSON.Member("failed", .int(Int64(failed))),
      JSON.Member("documents_per_second", .double((rate * 10).rounded() / 10)),
    ]
    if let problem { members.append(JSON.Member("problem", .string(problem))) }
    return .object(members)
  }
}
