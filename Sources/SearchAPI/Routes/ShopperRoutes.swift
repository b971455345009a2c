// SPDX-License-Identifier: Apache-2.0

import Behaviour
import HTTPServer
import JSON
import SearchIndex
import SearchService

/// What is known of shoppers, and products for them.
extension SearchAPI {
  static let shopperRoutes: [Route] =
    [
      Route(
        "DELETE",
        "/x/shoppers/:id",
        "shoppers:delete",
        "Forgets a shopper: profile, sessions, events and what they were counted as.",
        query: ["opt_out"]
      ) { call in
        let optOut = call.request.query["opt_out"] == "true"
        try call.engine.forget(shopper: call["id"], optOut: optOut)
        return .json(["id": .string(call["id"]), "opted_out": .bool(optOut)])
      },
      Route(
        "PUT",
        "/x/shoppers/:id/consent",
        "shoppers:create",
        "Takes a shopper's events again after opting out."
      ) { call in
        try call.engine.events.optIn(shopper: call["id"])
        return .json(["id": .string(call["id"]), "opted_out": false])
      },
      Route(
        "GET",
        "/x/shoppers/:id",
        "shoppers:get",
        "Shows what is known of a shopper."
      ) { call in
        guard let profile = try call.engine.events.snapshot().shopper(call["id"]) else {
          throw IndexError(.notFound, "Nothing is known of this shopper.")
        }
        return .json(json(profile, id: call["id"]))
      },
    ]
    + RecommendationRequest.Kind.allCases.map { kind in
      Route(
        "GET",
        "/x/recommendations/\(kind.rawValue)",
        "documents:search",
        "Recommends products: \(kind.rawValue.replacing("_", with: " ")).",
        query: [
          "collection", "id", "user_id", "filter_by", "limit", "rank_profile", "diversity",
          "category_field",
        ] + (kind == .similar ? ["vectors"] : [])
      ) { call in .json(["recommendations": .array(try recommend(kind, call))]) }
    }

  private static func recommend(
    _ kind: RecommendationRequest.Kind,
    _ call: Call
  ) throws -> [JSON] {
    let query = call.request.query
    var request = RecommendationRequest(kind, collection: query["collection"] ?? "")
    request.ids = call.list("id")
    request.shopper = query["user_id"] ?? call.request.headers["x-typesense-user-id"] ?? ""
    let granted = try call.granted(["collection": request.collection])
    let schema = try granted.engine.collection(named: request.collection).snapshot.schema
    request.filter = try granted.grant.joining(query["filter_by"] ?? "", on: schema)
    request.limit = min(max(1, try call.integer("limit") ?? 10), 100)
    request.profile = query["rank_profile"]
    if let diversity = query["diversity"].flatMap({ Double($0) }) {
      request.lambda = 1 - min(max(0, diversity), 1)
    }
    request.sources = try sources(query["vectors"] ?? "")
    request.categoryField = query["category_field"]
    return try granted.engine.recommend(request).map {
      [
        "document": $0.document, "score": .double(($0.score * 10_000).rounded() / 10_000),
        "reason": .string($0.reason), "basis": .string($0.basis),
      ]
    }
  }

  /// Reads "_embedding:1,image:0.5"; a source without a number counts 1.
  private static func sources(_ text: String) throws -> [String: Double] {
    var sources: [String: Double] = [:]
    for part in text.split(separator: ",") where part.contains(where: { $0 != ":" }) {
      let words = part.split(separator: ":", maxSplits: 1).map { $0.filter { $0 != " " } }
      guard let weight = words.count > 1 ? Double(words[1]) : 1, weight.isFinite, weight > 0 else {
        throw IndexError(.invalid, "`vectors` takes fields with weights above 0, as image:0.5.")
      }
      sources[words[0]] = weight
    }
    return sources
  }

  private static func json(_ profile: ShopperProfile, id: String) -> JSON {
    func shares(_ affinities: [ShopperProfile.Affinity]) -> JSON {
      .array(affinities.map { ["name": .string($0.name), "share": .double(Double($0.share))] })
    }
    return [
      "id": .string(id), "is_bot": .bool(profile.isBot),
      "recent": .array(
        profile.recent.map {
          [
            "doc_id": .string($0.product), "collection": .string($0.collection),
            "event_types": .array($0.kinds.map(\.name).sorted().map { .string($0) }),
          ]
        }
      ),
      "brands": shares(profile.brands), "categories": shares(profile.categories),
      "price": profile.price.map { .double((Double($0) * 100).rounded() / 100) } ?? .null,
      "session": [
        "products": .array((profile.session?.products ?? []).map { .string($0) }),
        "queries": .array((profile.session?.queries ?? []).map { .string($0) }),
      ],
    ]
  }
}
