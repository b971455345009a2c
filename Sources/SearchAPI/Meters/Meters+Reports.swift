// SPDX-License-Identifier: Apache-2.0

import JSON
import SearchIndex
import SearchService

extension Meters {
  /// Routes that belong to the totals of a kind of work.
  private static let kinds: [(name: String, routes: Set<String>)] = [
    ("search", ["GET /collections/:collection/documents/search", "POST /multi_search"]),
    ("import", ["POST /collections/:collection/documents/import"]),
    (
      "write",
      [
        "POST /collections/:collection/documents", "PATCH /collections/:collection/documents",
        "PATCH /collections/:collection/documents/:id",
      ]
    ),
    (
      "delete",
      [
        "DELETE /collections/:collection/documents",
        "DELETE /collections/:collection/documents/:id",
      ]
    ),
  ]

  /// Rates and latencies of the last seconds, in the wire format.
  func stats(queued: Int, embeddings: [EmbeddingProgress]) -> JSON {
    let now = Self.second
    var latencies: [JSON.Member] = []
    var rates: [JSON.Member] = []
    var kinds = Self.kinds.map { (name: $0.name, routes: $0.routes, rate: 0.0, sum: 0.0) }
    var total = 0.0
    for (name, route) in zip(names, all) {
      let (rate, milliseconds) = route.recently(now)
      guard rate > 0 else { continue }
      total += rate
      latencies.append(JSON.Member(name, .double(milliseconds)))
      rates.append(JSON.Member(name, .double(rate)))
      if let kind = kinds.firstIndex(where: { $0.routes.contains(name) }) {
        kinds[kind].rate += rate
        kinds[kind].sum += rate * milliseconds
      }
    }
    var members = [
      JSON.Member("latency_ms", .object(latencies)),
      JSON.Member("requests_per_second", .object(rates)),
      JSON.Member("pending_write_batches", .int(Int64(queued))),
      JSON.Member("total_requests_per_second", .double(total)),
    ]
    for kind in kinds {
      let mean = kind.rate > 0 ? kind.sum / kind.rate : 0
      members.append(JSON.Member("\(kind.name)_latency_ms", .double(mean)))
      members.append(JSON.Member("\(kind.name)_requests_per_second", .double(kind.rate)))
    }
    if !embeddings.isEmpty {
      members.append(JSON.Member("embeddings", .array(embeddings.map(\.json))))
    }
    return .object(members)
  }

  /// All figures since the start, in Prometheus' text format 0.0.4.
  func prometheus(_ engine: Engine, queued: Int) -> String {
    let all = Array(zip(names, all)).filter { $0.1.count > 0 }
    var text = """
      # HELP martlet_http_request_duration_seconds Time from a request's head to its answer.
      # TYPE martlet_http_request_duration_seconds histogram

      """
    for (name, route) in all {
      let labels = Self.labels(name)
      var sum = 0
      for (index, count) in route.buckets.enumerated() {
        sum += count
        let bound = index < Self.bounds.count ? "\(Self.bounds[index])" : "+Inf"
        text += "martlet_http_request_duration_seconds_bucket{\(labels),le=\"\(bound)\"} \(sum)\n"
      }
      text += "martlet_http_request_duration_seconds_sum{\(labels)} \(route.seconds)\n"
      text += "martlet_http_request_duration_seconds_count{\(labels)} \(sum)\n"
    }
    text += """
      # HELP martlet_http_requests_total Requests by status.
      # TYPE martlet_http_requests_total counter

      """
    for (name, route) in all {
      for (status, count) in route.statuses.sorted(by: { $0.key < $1.key }) {
        text += "martlet_http_requests_total{\(Self.labels(name)),status=\"\(status)\"} \(count)\n"
      }
    }
    text += Self.gauge("http_queued_requests", "Requests that wait for a worker or have one.")
    text += "martlet_http_queued_requests \(queued)\n"
    text += Self.gauge("resident_bytes", "Memory of the process, page cache apart.")
    text += "martlet_resident_bytes \(SystemFigures.residentBytes)\n"
    text += Self.gauge("store_bytes", "Bytes of the data file.")
    text += "martlet_store_bytes \(engine.store.fileBytes)\n"
    text += Self.gauge("documents", "Live documents by collection.")
    for collection in engine.store.collections {
      let name = Self.escaped(collection.name)
      text += "martlet_documents{collection=\"\(name)\"} \(collection.snapshot.documentCount)\n"
    }
    return text + Self.embeddings(engine.embeddings.progress)
  }

  private static func embeddings(_ progress: [EmbeddingProgress]) -> String {
    guard !progress.isEmpty else { return "" }
    func lines(_ name: String, _ value: (EmbeddingProgress) -> Int) -> String {
      progress.map {
        let labels =
          "collection=\"\(escaped($0.collection))\",source=\"\(escaped($0.source))\""
        return "martlet_\(name){\(labels)} \(value($0))\n"
      }.joined()
    }
    return gauge("embedded_documents", "Documents that have their vector, by source.")
      + lines("embedded_documents", \.done)
      + gauge("embedding_pending", "Whether documents wait for their vector.")
      + lines("embedding_pending") { $0.isComplete ? 0 : 1 }
      + gauge("embedding_failed_documents", "Documents whose text could not be embedded.")
      + lines("embedding_failed_documents", \.failed)
  }

  private static func gauge(_ name: String, _ help: String) -> String {
    "# HELP martlet_\(name) \(help)\n# TYPE martlet_\(name) gauge\n"
  }

  private static func labels(_ route: String) -> String {
    let parts = route.split(separator: " ", maxSplits: 1)
    return "method=\"\(parts.first ?? "")\",route=\"\(parts.last ?? "")\""
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
