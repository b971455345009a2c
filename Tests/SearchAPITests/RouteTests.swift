// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import JSON
import Testing

@testable import SearchAPI

@Suite struct RouteTests {
  @Test func theRouteWithFewerFreePartsWins() throws {
    let table = RouteTable(
      ["/a/:x", "/a/b", "/:y/b", "/a/:x/c"].map { path in
        Route("GET", path, nil, "") { _ in .done }
      }
    )
    #expect(table.find("GET", ["a", "b"])?.route.path == "/a/b")
    #expect(table.find("GET", ["a", "z"])?.values == ["x": "z"])
    #expect(table.find("GET", ["z", "b"])?.values == ["y": "z"])
    #expect(table.find("GET", ["a", "z", "c"])?.route.path == "/a/:x/c")
    #expect(table.find("POST", ["a", "b"]) == nil)
    #expect(table.find("GET", ["a"]) == nil)
  }

  @Test func everyRouteHasItsOwnPathAndAnAction() throws {
    let routes = try Shop().api.table.routes
    #expect(Set(routes.map { "\($0.method) \($0.path)" }).count == routes.count)
    for route in routes where route.action == nil {
      #expect(["/health", "/x/openapi.json", "/", "/ui"].contains(route.path), "\(route.path)")
    }
    for route in routes { #expect(route.summary.hasSuffix("."), "\(route.path)") }
  }

  @Test func everyRouteAsksForAKey() throws {
    let shop = try Shop()
    for route in shop.api.table.routes where route.action != nil {
      let path = route.parts.map { $0.hasPrefix(":") ? "x" : $0 }.joined(separator: "/")
      #expect(try shop.send(route.method, path, key: "wrong").status == 401, "\(route.path)")
    }
  }

  @Test func aKeyIsHeldToItsRateAndPlaces() throws {
    let limiter = Limiter(requestsPerSecond: 3, concurrentRequests: 2)
    var tickets = [try limiter.admit(1), try limiter.admit(1)]
    #expect(throws: APIError.self) { try limiter.admit(1) }
    _ = try limiter.admit(2)
    _ = try limiter.admit(nil)
    tickets.removeAll()
    _ = try limiter.admit(1)
    #expect(throws: APIError.self) { try limiter.admit(1) }
  }

  @Test func figuresAddUp() throws {
    let meters = Meters(["GET /a", "GET /b"])
    for _ in 0..<5 { meters.record(0, 200, since: 0) }
    meters.record(1, 404, since: .max)
    #expect(meters.all[0].count == 5)
    #expect(meters.all[0].buckets.last == 5)
    #expect(meters.all[1].buckets.first == 1)
    #expect(meters.all[1].statuses == [404: 1])
    let (perSecond, _) = meters.all[0].recently(Meters.second + 1)
    #expect(perSecond == 0.5)
  }
}
