// SPDX-License-Identifier: Apache-2.0

/// All routes, found by method and path.
struct RouteTable: Sendable {
  /// A route and its place in ``RouteTable/routes``.
  struct Found {
    var index: Int
    var route: Route
    var values: [String: String]
  }

  let routes: [Route]
  private var byShape: [String: [Int]] = [:]

  init(_ routes: [Route]) {
    self.routes = routes
    // Of two routes that fit, the one with fewer free parts comes first.
    let order = routes.indices.sorted { a, b in
      let free = { (route: Route) in route.parts.count { $0.hasPrefix(":") } }
      return free(routes[a]) < free(routes[b])
    }
    for index in order {
      byShape["\(routes[index].method) \(routes[index].parts.count)", default: []].append(index)
    }
  }

  /// The route of a request, or nil.
  func find(_ method: String, _ path: [String]) -> Found? {
    for index in byShape["\(method) \(path.count)"] ?? [] {
      if let values = routes[index].match(path) {
        return Found(index: index, route: routes[index], values: values)
      }
    }
    return nil
  }
}
