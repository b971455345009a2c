// SPDX-License-Identifier: Apache-2.0

import JSON

/// The route table as an OpenAPI 3.0 document.
struct OpenAPIDocument {
  let routes: [Route]
  let version: String

  var json: JSON {
    var paths: [(path: String, methods: [JSON.Member])] = []
    for route in routes {
      let path = Self.template(route)
      let links = OpenAPILinks.json(of: route, among: routes)
      let operation = JSON.Member(route.method.lowercased(), Self.operation(route, links))
      if let place = paths.firstIndex(where: { $0.path == path }) {
        paths[place].methods.append(operation)
      } else {
        paths.append((path, [operation]))
      }
    }
    return [
      "openapi": "3.0.3",
      "info": [
        "title": "Martlet", "version": .string(version),
        "description": "A product search engine in the wire format of Typesense v30.",
        "license": ["name": "Apache-2.0"],
      ],
      "security": [["key": []]],
      "paths": .object(paths.map { JSON.Member($0.path, .object($0.methods)) }),
      "components": [
        "securitySchemes": [
          "key": ["type": "apiKey", "in": "header", "name": "X-TYPESENSE-API-KEY"]
        ],
        "schemas": [
          "Error": [
            "type": "object", "required": ["message"],
            "properties": ["message": ["type": "string"]],
          ]
        ],
      ],
    ]
  }

  /// The path with its free parts in braces.
  private static func template(_ route: Route) -> String {
    "/"
      + route.parts.map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0 }
      .joined(separator: "/")
  }

  private static func operation(_ route: Route, _ links: JSON?) -> JSON {
    func parameter(_ name: String, _ place: String, _ example: String?) -> JSON {
      var members = [
        JSON.Member("name", .string(name)), JSON.Member("in", .string(place)),
        JSON.Member("schema", ["type": "string"]),
      ]
      if place == "path" { members.append(JSON.Member("required", true)) }
      if let example { members.append(JSON.Member("example", .string(example))) }
      return .object(members)
    }
    let free = route.parts.filter { $0.hasPrefix(":") }.map { part -> JSON in
      let name = String(part.dropFirst())
      return parameter(name, "path", OpenAPIExamples.path(name, of: route))
    }
    let query = route.query.map {
      parameter($0, "query", OpenAPIExamples.query($0, of: route))
    }
    var members = [
      JSON.Member("operationId", .string(OpenAPILinks.operation(route))),
      JSON.Member("summary", .string(route.summary)),
      JSON.Member("tags", [.string(route.parts.first ?? "")]),
      JSON.Member("parameters", .array(free + query)),
      JSON.Member("responses", responses(route, links)),
    ]
    if let example = route.example {
      members.append(JSON.Member("requestBody", body(route, example)))
    }
    if route.action == nil { members.append(JSON.Member("security", [])) }
    return .object(members)
  }

  private static func body(_ route: Route, _ example: JSON) -> JSON {
    guard route.parts.last != "import" else {
      let line = String(decoding: example.serialized(), as: UTF8.self)
      let content: JSON = ["schema": ["type": "string"], "example": .string(line)]
      return ["required": true, "content": ["text/plain": content]]
    }
    let properties = (example.object ?? []).map { JSON.Member($0.key, schema(of: $0.value)) }
    let content: JSON = [
      "schema": ["type": "object", "properties": .object(properties)], "example": example,
    ]
    return ["required": true, "content": ["application/json": content]]
  }

  /// A schema that an example's value fits.
  private static func schema(of value: JSON) -> JSON {
    switch value {
    case .null: [:]
    case .bool: ["type": "boolean"]
    case .int: ["type": "integer"]
    case .double: ["type": "number"]
    case .string: ["type": "string"]
    case .array(let elements):
      ["type": "array", "items": elements.first.map { schema(of: $0) } ?? [:]]
    case .object(let members):
      [
        "type": "object",
        "properties": .object(members.map { JSON.Member($0.key, schema(of: $0.value)) }),
      ]
    }
  }

  private static func responses(_ route: Route, _ links: JSON?) -> JSON {
    let isMade = ["/collections", "/keys", "/collections/:collection/documents"]
      .contains(route.path)
    let status = route.method == "POST" && isMade ? "201" : "200"
    let error: JSON = [
      "description": "What went wrong, with the remedy.",
      "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Error"]]],
    ]
    let isText = ["import", "export", "metrics"].contains(route.parts.last)
    var done = [
      JSON.Member("description", "Done."),
      JSON.Member(
        "content",
        .object([JSON.Member(isText ? "text/plain" : "application/json", [:])])
      ),
    ]
    if let links { done.append(JSON.Member("links", links)) }
    return .object([JSON.Member(status, .object(done)), JSON.Member("default", error)])
  }
}
