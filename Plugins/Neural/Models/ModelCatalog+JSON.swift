// SPDX-License-Identifier: Apache-2.0

public import JSON

extension ModelCatalog.Entry {
  /// The version as administration reads it.
  public var json: JSON {
    [
      "id": .string(description.id), "version": .string(description.version),
      "kind": .string(description.kind.rawValue), "active": .bool(isActive),
      "int8": .bool(description.isInt8),
      "metrics": .object(
        description.metrics.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) }
      ),
    ]
  }
}

extension ModelCatalog.Activation {
  /// The change as administration reads it.
  public var json: JSON {
    [
      "kind": .string(kind.rawValue), "active": .string(active),
      "replaced": replaced.map { .string($0) } ?? .null, "comparison": .string(comparison),
    ]
  }
}
