// SPDX-License-Identifier: Apache-2.0

public import JSON

/// One change of a collection.
public struct DocumentOperation: Sendable {
  /// What is done with the document.
  public enum Action: String, Sendable {
    /// Add it; an error if its id is taken.
    case create
    /// Add it, or replace the one with its id.
    case upsert
    /// Change the given fields of the one with its id; an error if there is none.
    case update
    /// Change the given fields, or add it.
    case emplace
    /// Remove the one with its id; an error if there is none.
    case delete
  }

  /// The longest document, in bytes of JSON.
  public static let longestDocument = 16 << 20

  /// What is done.
  public var action: Action
  /// The document as JSON text, not yet checked; for ``Action/delete`` only its `id` matters.
  public var document: [UInt8]
  /// What is done with values that are not of their fields' types.
  public var dirtyValues: DirtyValues

  /// Whether it changes some fields of what is there.
  var isPartial: Bool { action == .update || action == .emplace }

  /// Creates an operation from JSON text.
  public init(
    _ action: Action,
    utf8 document: [UInt8],
    dirtyValues: DirtyValues = .coerceOrReject
  ) {
    self.action = action
    self.document = document
    self.dirtyValues = dirtyValues
  }

  /// Creates an operation from a value.
  public init(_ action: Action, _ document: JSON, dirtyValues: DirtyValues = .coerceOrReject) {
    self.init(action, utf8: document.serialized(), dirtyValues: dirtyValues)
  }
}

/// What became of one ``DocumentOperation``.
public enum OperationResult: Sendable {
  /// Done and on disk: the document's id.
  case success(id: String)
  /// Refused, the others of the batch being unaffected.
  case failure(IndexError)
}
