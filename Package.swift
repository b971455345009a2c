// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// One list for every Swift target: modern Swift, and no warning gets through.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

// In layer order: a target may import only what its line names, which Scripts/layers checks.
let package = Package(
  name: "martlet",
  products: [.executable(name: "martlet", targets: ["martlet"])],
  targets: [
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "CMicroHTTPD",
      pkgConfig: "libmicrohttpd",
      providers: [.apt(["libmicrohttpd-dev"])]
    ),
    .target(name: "CICU", linkerSettings: [.linkedLibrary("icuuc")]),
    .target(
      name: "CSimdJSON",
      cxxSettings: [.unsafeFlags(["-O2"])],
      linkerSettings: [.linkedLibrary("simdjson")]
    ),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CRankingPlugin"),
    .target(
      name: "CPluginRuntime",
      dependencies: ["CRankingPlugin"],
      cSettings: [.unsafeFlags(["-O2"])],
      cxxSettings: [.unsafeFlags(["-O2"])]
    ),
    .target(name: "CPluginTemplates", exclude: ["templates"]),
    .target(name: "LMDBStore", dependencies: ["CLMDB"], swiftSettings: settings),
    .target(name: "UnicodeText", dependencies: ["CICU"], swiftSettings: settings),
    .target(name: "JSON", dependencies: ["CSimdJSON"], swiftSettings: settings),
    .target(
      name: "SearchIndex",
      dependencies: ["LMDBStore", "UnicodeText", "JSON", "CKernels", "CZstd"],
      path: "Index",
      swiftSettings: settings
    ),
    .target(name: "Ranking", dependencies: ["JSON"], swiftSettings: settings),
    .target(
      name: "RankingPluginKit",
      dependencies: ["CRankingPlugin"],
      swiftSettings: settings
    ),
    .target(
      name: "RankingPluginHost",
      dependencies: ["Ranking", "CRankingPlugin", "CPluginRuntime", "JSON"],
      swiftSettings: settings
    ),
    .target(
      name: "SearchService",
      dependencies: ["SearchIndex", "JSON"],
      swiftSettings: settings
    ),
    .target(name: "HTTPServer", dependencies: ["CMicroHTTPD"], swiftSettings: settings),
    .target(
      name: "SearchAPI",
      dependencies: ["SearchService", "HTTPServer", "JSON"],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "martlet",
      dependencies: [
        "SearchAPI", "HTTPServer", "SearchService", "SearchIndex", "RankingPluginHost", "Ranking",
        "JSON", "CPluginTemplates",
      ],
      swiftSettings: settings
    ),
    .testTarget(name: "LMDBStoreTests", dependencies: ["LMDBStore"], swiftSettings: settings),
    .testTarget(name: "RankingTests", dependencies: ["Ranking", "JSON"], swiftSettings: settings),
    .testTarget(
      name: "RankingPluginHostTests",
      dependencies: ["RankingPluginHost", "Ranking", "JSON", "martlet"],
      exclude: ["Fixtures"],
      swiftSettings: settings
    ),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: settings),
    .testTarget(
      name: "SearchIndexTests",
      dependencies: ["SearchIndex", "JSON"],
      swiftSettings: settings
    ),
  ],
  cxxLanguageStandard: .cxx17
)
