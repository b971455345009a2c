// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The shape of an item-item filter: what training chooses by validation, or is told.
///
/// With R the binary matrix of users and items, and |i|, |u| the sums of its columns and rows, item i
/// of a history speaks for item j with the weight
///
///     Σ_u R_ui R_uj |u|^-c · |i|^-a |j|^-b   +   g · Σ_k V_ik V_jk · |i|^-y |j|^y   +   r · E_ij
///
/// where V holds the first `rank` right singular vectors of D_u^-x R D_i^-y. The first term is a linear
/// graph filter, the second an ideal low-pass filter, and E a ridge regression (`SpectralFilter`).
/// With all exponents at a half, c at 1 and without r this is the sum that GF-CF (Shen et al., CIKM
/// 2021) and the blurring of BSPM (Choi et al., SIGIR 2023) use; the free exponents are known from
/// RP3beta (Paudel et al., 2017).
public struct FilterSettings: Sendable, Equatable {
  /// The exponent a: how much less a popular item of the history says, 0...1.
  public var historyExponent: Float = 0.5
  /// The exponent c: how much less a busy user says, 0...1.5.
  public var userExponent: Float = 0.8
  /// The exponent b: how much popular candidates are held back, -1...1; below 0 they are preferred.
  public var candidateExponent: Float = 0.3
  /// The exponent x of the users before the singular vectors are taken.
  public var spectralUserExponent: Float = 0.3
  /// The exponent y of the items there and back.
  public var spectralItemExponent: Float = 0.4
  /// The number of singular vectors of the low-pass filter; 0 for none.
  public var rank = 512
  /// The low-pass filter's norm over the linear one's; 0 for none.
  public var spectralShare: Float = 0.7
  /// The ridge over the mean squared singular value.
  public var damping: Float = 0
  /// The ridge regression's norm over the linear filter's; 0 for none.
  public var ridgeShare: Float = 0

  /// The middle of the ranges that validation searches.
  public init() {}
}

/// What settings are judged by: what a ranking of held-out items is made of.
public enum ValidationGoal: Sendable, Equatable {
  /// All items that the user did not take: recall@20 + NDCG@20 of a tenth of each user's items.
  case allItems
  /// One item of each user and so many that the user did not take, by chance: hit rate@10 + NDCG@10.
  case negatives(Int)
}

/// What training may use, and how far it may go.
public struct TrainingOptions: Sendable {
  /// Neighbours kept for an item, 1 or more; scoring takes time in proportion.
  public var neighbours = 400
  /// The most singular vectors; nil for 1,024, fewer of over 50,000 items, or all of a catalogue of up
  /// to 4,096 items.
  ///
  /// Memory is about 12 bytes · items · rank.
  public var rank: Int?
  /// Threads, 1 or more.
  public var threads = 2
  /// Of a user with more items than this a random sample counts, so that bots cost bounded time.
  public var itemsPerUser = 2000
  /// What the settings are chosen by.
  public var goal = ValidationGoal.allItems
  /// Users whose held-out items judge the settings; nil for as many as tell enough.
  public var validationUsers: Int?
  /// The settings to use; nil to choose them by validation.
  public var settings: FilterSettings?
  /// Where every choice that chance makes starts.
  public var seed: UInt64 = 1

  /// The defaults.
  public init() {}

  /// The most singular vectors for so many items: time grows with the items' square times these.
  func rankLimit(items: Int) -> Int {
    if let rank { return rank }
    if items <= 4096 { return items }
    return min(1024, max(64, Int(2.5e12 / (Double(items) * Double(items))) / 32 * 32))
  }
}

/// The powers of the users' and items' counts that the filters are made of.
struct Powers {
  private let counts: [Float]

  /// Counts of 0 are taken as 1.
  init(_ counts: [UInt32]) { self.counts = counts.map { Float(max(1, $0)) } }

  /// Each count to the power of `exponent`.
  func callAsFunction(_ exponent: Float) -> [Float] {
    exponent == 0 ? counts.map { _ in 1 } : counts.map { pow($0, exponent) }
  }
}
