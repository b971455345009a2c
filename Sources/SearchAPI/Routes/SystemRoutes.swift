// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import SearchIndex
import SearchService

/// The server's state and figures.
extension SearchAPI {
  static let systemRoutes: [Route] = [
    Route("GET", "/health", nil, "Says whether the server works.") { call in
      guard let shortage = SystemFigures.shortage(call.engine.store.directory) else {
        return .json(["ok": true])
      }
      return .json(["ok": false, "resource_error": .string(shortage)], status: 503)
    },
    Route("GET", "/x/openapi.json", nil, "Gives this description of all routes.") { call in
      .json(OpenAPIDocument(routes: call.api.table.routes, version: versionReported).json)
    },
    Route("GET", "/debug", "debug:list", "Tells state and version.") { _ in
      .json(["state": 1, "version": .string(versionReported)])
    },
    Route(
      "GET",
      "/metrics.json",
      "metrics.json:list",
      "Tells what the machine's resources are used for."
    ) { call in .json(SystemFigures.json(call.engine.store.directory)) },
    Route(
      "GET",
      "/stats.json",
      "stats.json:list",
      "Tells rates and latencies of the last ten seconds."
    ) { call in
      .json(
        call.api.meters.stats(
          queued: call.api.queued(),
          embeddings: call.engine.embeddings.progress
        )
      )
    },
    Route(
      "GET",
      "/metrics",
      "metrics.json:list",
      "Gives all figures in the text format of Prometheus."
    ) { call in
      HTTPResponse(
        contentType: "text/plain; version=0.0.4; charset=utf-8",
        body: Array(call.api.meters.prometheus(call.engine, queued: call.api.queued()).utf8)
      )
    },
    Route(
      "POST",
      "/config",
      "config:create",
      "Changes settings of the running server.",
      example: ["log-slow-requests-time-ms": 2000]
    ) { call in
      let body = try call.body()
      let names = ["log-slow-requests-time-ms", "log_slow_requests_time_ms"]
      guard let value = names.lazy.compactMap({ body[$0]?.int }).first, value >= -1 else {
        throw IndexError(.invalid, "Set `log-slow-requests-time-ms`, a whole number, or -1.")
      }
      call.api.meters.slowLog.log(from: Int(clamping: value))
      return .done
    },
  ]
}
