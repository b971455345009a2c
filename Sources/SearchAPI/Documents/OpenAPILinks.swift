// SPDX-License-Identifier: Apache-2.0

import JSON

/// Which operations can follow on one that makes something, and with what values of its path.
enum OpenAPILinks {
  /// What names the thing that a POST to a path makes: the free part of paths below, and the member of
  /// the answer that is its value.
  private static let made = [
    "/collections": (part: "collection", member: "name"),
    "/collections/:collection/documents": (part: "id", member: "id"),
    "/keys": (part: "id", member: "id"),
    "/analytics/rules": (part: "name", member: "name"),
    "/nl_search_models": (part: "id", member: "id"),
    "/conversations/models": (part: "id", member: "id"),
  ]

  /// An operation's id: its method and path in one word.
  static func operation(_ route: Route) -> String {
    route.method.lowercased()
      + route.parts.map { part in
        let name = part.drop { $0 == ":" }
        return name.split { !$0.isLetter && !$0.isNumber }
          .map { $0.prefix(1).uppercased() + $0.dropFirst() }
          .joined()
      }.joined()
  }

  /// The links of an operation by the one that they lead to; nil if there are none.
  static func json(of route: Route, among routes: [Route]) -> JSON? {
    guard route.method == "PUT" || route.method == "POST" else { return nil }
    let made = route.method == "POST" ? made[route.path] : nil
    let path = made.map { route.path + "/:" + $0.part } ?? route.path
    guard route.method == "PUT" || made != nil else { return nil }
    let targets = routes.filter { target in
      target.path == path ? target.method != route.method : target.path.hasPrefix(path + "/")
    }
    let links = targets.map { target -> JSON.Member in
      let names = target.parts.filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
      let parameters = names.compactMap { name -> JSON.Member? in
        if name == made?.part, let member = made?.member {
          return JSON.Member(name, .string("$response.body#/\(member)"))
        }
        guard route.parts.contains(":" + name) else { return nil }
        return JSON.Member(name, .string("$request.path.\(name)"))
      }
      return JSON.Member(
        operation(target),
        ["operationId": .string(operation(target)), "parameters": .object(parameters)]
      )
    }
    return links.isEmpty ? nil : .object(links)
  }
}
