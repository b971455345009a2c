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
  products: [
    .executable(name: "martlet", targets: ["martlet"]),
    .library(
      name: "CollaborativeFilteringPlugin",
      type: .dynamic,
      targets: ["CollaborativeFilteringPlugin"]
    ),
    .library(name: "ClickModelPlugin", type: .dynamic, targets: ["ClickModelPlugin"]),
    .library(name: "NeuralPlugin", type: .dynamic, targets: ["NeuralPlugin"]),
  ],
  targets: [
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "CMicroHTTPD",
      pkgConfig: "libmicrohttpd",
      providers: [.apt(["libmicrohttpd-dev"])]
    ),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .target(
      name: "CICU",
      linkerSettings: [.linkedLibrary("icuuc"), .linkedLibrary("icui18n")]
    ),
    .systemLibrary(
      name: "COpenBLAS",
      pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]
    ),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
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
    .target(name: "CVectorKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CFilterKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CPluginTemplates", exclude: ["templates"]),
    .target(name: "COpenVINO", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "LMDBStore", dependencies: ["CLMDB"], swiftSettings: settings),
    .target(name: "UnicodeText", dependencies: ["CICU"], swiftSettings: settings),
    .target(name: "Hashing", dependencies: ["CNettle"], swiftSettings: settings),
    .target(name: "JSON", dependencies: ["CSimdJSON"], swiftSettings: settings),
    .target(
      name: "SearchIndex",
      dependencies: ["LMDBStore", "UnicodeText", "JSON", "CKernels", "CZstd"],
      path: "Index",
      swiftSettings: settings
    ),
    .target(name: "Behaviour", dependencies: ["LMDBStore", "JSON"], swiftSettings: settings),
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
      name: "Promotions",
      dependencies: ["SearchIndex", "LMDBStore", "JSON"],
      path: "Plugins/Promotions",
      swiftSettings: settings
    ),
    .target(
      name: "CollaborativeFiltering",
      dependencies: ["COpenBLAS", "CFilterKernels"],
      path: "Plugins/CollaborativeFiltering",
      swiftSettings: settings
    ),
    .target(
      name: "CollaborativeFilteringPlugin",
      dependencies: ["CollaborativeFiltering", "RankingPluginKit"],
      path: "Plugins/CollaborativeFilteringPlugin",
      swiftSettings: settings
    ),
    .target(
      name: "ClickModelPlugin",
      dependencies: ["RankingPluginKit"],
      path: "Plugins/ClickModel",
      swiftSettings: settings
    ),
    .target(
      name: "Neural",
      dependencies: ["COpenVINO", "CPluginRuntime", "UnicodeText", "Hashing", "JSON"],
      path: "Plugins/Neural",
      exclude: ["Resources"],
      swiftSettings: settings
    ),
    .target(
      name: "NeuralPlugin",
      dependencies: ["Neural", "RankingPluginKit"],
      path: "Plugins/NeuralPlugin",
      swiftSettings: settings
    ),
    .target(
      name: "SearchService",
      dependencies: [
        "SearchIndex", "Ranking", "RankingPluginHost", "Behaviour", "Promotions", "Neural",
        "CollaborativeFiltering",
        "Hashing", "JSON", "LMDBStore", "CVectorKernels",
      ],
      swiftSettings: settings
    ),
    .target(name: "HTTPServer", dependencies: ["CMicroHTTPD"], swiftSettings: settings),
    .target(name: "CWebAssets"),
    .target(
      name: "WebUI",
      dependencies: ["CWebAssets"],
      exclude: ["Assets"],
      swiftSettings: settings
    ),
    .target(
      name: "SearchAPI",
      dependencies: [
        "SearchService", "SearchIndex", "Ranking", "RankingPluginHost", "Behaviour", "Promotions",
        "HTTPServer", "WebUI", "JSON",
      ],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "martlet",
      dependencies: [
        "SearchAPI", "HTTPServer", "SearchService", "RankingPluginHost", "Ranking", "Promotions",
        "Behaviour", "SearchIndex", "CollaborativeFiltering", "Neural", "JSON", "CZlib",
        "CPluginTemplates",
      ],
      swiftSettings: settings
    ),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(
      name: "LMDBStoreTests",
      dependencies: ["LMDBStore", "TestSupport"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "CollaborativeFilteringTests",
      dependencies: ["CollaborativeFiltering"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "NeuralTests",
      dependencies: ["Neural", "Hashing", "JSON", "martlet", "TestSupport"],
      exclude: ["Fixtures"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "RankingTests",
      dependencies: ["Ranking", "JSON", "TestSupport"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "RankingPluginHostTests",
      dependencies: ["RankingPluginHost", "Ranking", "JSON", "martlet", "TestSupport"],
      exclude: ["Fixtures", "Binaries"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "UnicodeTextTests",
      dependencies: ["UnicodeText"],
      swiftSettings: settings
    ),
    .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer"], swiftSettings: settings),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: settings),
    .testTarget(
      name: "SearchServiceTests",
      dependencies: [
        "SearchService", "SearchIndex", "Behaviour", "LMDBStore", "Neural", "Hashing", "JSON",
        "TestSupport",
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "SearchAPITests",
      dependencies: [
        "SearchAPI", "SearchService", "SearchIndex", "HTTPServer", "JSON", "TestSupport",
      ],
      swiftSettings: settings
    ),
    .testTarget(name: "WebUITests", dependencies: ["WebUI"], swiftSettings: settings),
    .testTarget(
      name: "BehaviourTests",
      dependencies: ["Behaviour", "LMDBStore", "JSON", "TestSupport"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "SearchIndexTests",
      dependencies: ["SearchIndex", "JSON", "TestSupport"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "PromotionsTests",
      dependencies: ["Promotions", "SearchIndex", "LMDBStore", "JSON", "TestSupport"],
      swiftSettings: settings
    ),
  ],
  cxxLanguageStandard: .cxx17
)

// The fuzz targets are tests, until Scripts/fuzz makes an executable for libFuzzer of them.
let fuzzed: [Target.Dependency] = ["SearchService", "SearchIndex", "JSON"]
package.targets.append(
  Context.environment["MARTLET_FUZZ"] == nil
    ? .testTarget(
      name: "FuzzTests",
      dependencies: fuzzed,
      path: "Tests/Fuzz",
      exclude: ["Driver", "Regressions"],
      swiftSettings: settings
    )
    : .executableTarget(
      name: "Fuzz",
      dependencies: fuzzed,
      path: "Tests/Fuzz",
      exclude: ["Regressions", "RegressionTests.swift"],
      swiftSettings: settings,
      linkerSettings: [.unsafeFlags(["-use-ld=lld"])]
    )
)
