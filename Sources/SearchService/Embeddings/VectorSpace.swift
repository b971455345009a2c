// SPDX-License-Identifier: Apache-2.0

import JSON

/// What vectors belong together: those of one collection, from one source and one model.
struct VectorSpace: Equatable, Sendable {
  /// The source of vectors that the server makes of documents' text.
  static let textSource = "_embedding"

  /// Its number, which keys begin with.
  var number: UInt32
  /// The collection's name.
  var collection: String
  /// ``textSource``, or the field that documents bring their vectors in.
  var source: String
  /// What made the vectors: a model's id and version; "" for vectors that documents bring.
  var model: String
  /// Elements of a vector.
  var dimension: Int
  /// The fields of text that the vectors are made of.
  var fields = ""
  /// Which collection of that name the segments below are of.
  var generation: UInt32 = 0
  /// Segments whose documents all have their vector.
  var done: [UInt64] = []
  /// Stored vectors, those that stand for none included.
  var count = 0

  var json: JSON {
    [
      "format": 1, "collection": .string(collection), "source": .string(source),
      "model": .string(model), "dimension": .int(Int64(dimension)),
      "fields": .string(fields), "generation": .int(Int64(generation)),
      "done": .array(done.map { .int(Int64(bitPattern: $0)) }), "count": .int(Int64(count)),
    ]
  }

  init(number: UInt32, collection: String, source: String, model: String, dimension: Int) {
    self.number = number
    self.collection = collection
    self.source = source
    self.model = model
    self.dimension = dimension
  }

  /// Nil if the record is damaged or of another format: vectors can always be made again.
  init?(number: UInt32, json: JSON) {
    guard json["format"]?.int == 1, let collection = json["collection"]?.string,
      let source = json["source"]?.string, let model = json["model"]?.string,
      let dimension = json["dimension"]?.int,
      (1...QuantizedVector.mostElements).contains(
        Int(clamping: dimension)
      ),
      let generation = json["generation"]?.int.flatMap({ UInt32(exactly: $0) }),
      let done = json["done"]?.array?.map({ $0.int.map { UInt64(bitPattern: $0) } }),
      let count = json["count"]?.int, count >= 0
    else { return nil }
    self.init(
      number: number,
      collection: collection,
      source: source,
      model: model,
      dimension: Int(dimension)
    )
    fields = json["fields"]?.string ?? ""
    self.generation = generation
    self.done = done.compactMap { $0 }
    self.count = Int(count)
  }
}
