// SPDX-License-Identifier: Apache-2.0

import Ranking

/// Documents' vectors as columns for ranking stages: `_embedding` of their text, and by field those
/// that they bring.
struct VectorColumns {
  let store: VectorStore
  let collection: String
  /// The encoder in use; nil for none.
  let model: String?

  /// The space that a name stands for; nil if there is none.
  func space(_ name: String) -> VectorSpace? {
    guard name == VectorSpace.textSource else { return store.space(collection, name) }
    return model.flatMap { store.space(collection, name, model: $0) }
  }

  /// The vectors of documents, in the order of `ids`; nil for an unknown name.
  func column(_ name: String, ids: [String]) -> FeatureColumn? {
    guard let space = space(name),
      let floats = try? store.floats(of: ids, in: space)
    else { return nil }
    return .vectors(dimension: space.dimension, floats)
  }
}
