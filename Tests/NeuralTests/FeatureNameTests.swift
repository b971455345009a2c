// SPDX-License-Identifier: Apache-2.0

import Neural
import Testing

@Suite struct FeatureNameTests {
  @Test func namesAreReadAndWritten() {
    #expect(FeatureName("price|z")?.column == "price")
    #expect(FeatureName("price|z")?.transform == .z)
    #expect(FeatureName("brand.rank")?.column == "brand.rank")
    #expect(FeatureName("recall_score_share")?.description == "recall_score|share")
  }

  @Test(arguments: [
    "", "|z", "price|", "price|cube", "price|z|z", String(repeating: "x", count: 64),
  ])
  func othersAreRefused(_ text: String) { #expect(FeatureName(text) == nil) }
}
