// SPDX-License-Identifier: Apache-2.0

/// The verb `evaluate` of the command line.
enum EvaluateCommand: Command {
  static let name = "evaluate"
  static let summary = "measure the quality of search, suggestions or the collaborative filter"
  static let help = """
    Usage: martlet evaluate search --data-dir D --collection C --query-by LIST --judgments F.tsv
             [--query-by-weights W] [--profile P]... [--budget-ms LIST] [--folds K] [--seed N]
             [--plugin-dir D] [--plugin-allow F] [--neural-dir D] [--per-query F.tsv] [--json]
           martlet evaluate cf --train F [--test F] [--negatives F] [--k N] [--model M] [--json]
             [--neighbours N] [--rank N] [--threads N] [--seed N]
           martlet evaluate cf --cold --train F [--items F] [--history N] [--k N] [--json]
           martlet evaluate suggest --log F [--held-out F] [--held-out-share 0.2] [--least-shoppers N]
             [--json]

    search: F.tsv has the columns query, id and grade (0, 1, 2, ...). Over the queries with a positive
    grade, prints nDCG@10 with gain 2^grade - 1 (unjudged hits count 0; and with them taken out), the
    mean reciprocal rank within 10, the recall within 100, and the time of a search. With profiles, the
    same queries are answered by text relevance alone ("lexical") and by each profile, in turns; printed
    are also the share of answers that some stage scored only in part, or not at all, the time of
    ranking, and against lexical the mean difference of nDCG@10 with its 95 % bootstrap interval and the
    p of a paired randomization test.

      --profile P       a profile of the data directory, 'neural', or FILE.json with one; may be repeated.
                        {fold} in it stands for the number of the query's fold, from 0: profiles with
                        models that were trained without that fold give a cross-validated figure
      --folds K         the number of folds; a query's fold follows from its text alone
      --budget-ms LIST  all stages' milliseconds together, instead of the profile's; several give a
                        run each, for a curve of quality against time
      --plugin-dir D    where ranking plugins (NAME.so) are loaded from, as for 'martlet serve'
      --plugin-allow F  a file of SHA-256 digests, one a line; only these plugins are loaded
      --neural-dir D    for the profile 'neural', as for 'martlet serve'
      --seed N          for the test's and the interval's random samples, 1 unless told
      --per-query F     writes each query's figures, tab-separated

    cf: trains as 'martlet train cf' does, unless a model is named, from "user item item ..." lines,
    plain or compressed by gzip. Against --test, lines of the same form, all items that a user did not
    take are ranked: prints recall, NDCG and catalogue coverage within k (20), and the Gini coefficient
    of how often items were recommended. Against --negatives, lines of
    (user,item)<TAB>negative<TAB>negative...: prints hit rate and NDCG within 10; without --test the
    settings are then chosen by that task too. Users and items that were not trained on, and cases
    without negatives, are ranked all the same and counted on standard error. Then the seconds of
    training, unless a model is named, and the median microseconds of scoring 1,000 candidates by 100
    past items.

    cf --cold: holds out a tenth of the items and a tenth of the users, trains on the rest, and prints hit
    rate and NDCG within k of the new items, ranked among themselves by what their kinds (--items, lines of
    item<TAB>kind<TAB>kind...) get from the filter, and by how popular their kinds are; and of the new
    users, of whom the first --history items (1) are told, by the filter and by popularity.

    \(EvaluateSuggest.help)

    Examples:
      martlet evaluate search --data-dir data --collection shop --query-by title,description \\
        --judgments judgments.tsv --profile popular --plugin-dir plugins --budget-ms 1,5,20
      martlet evaluate cf --train train.txt.gz --test test.txt.gz --k 20 --json
      martlet evaluate suggest --log events.jsonl
    """

  static func run(_ words: [String]) throws {
    let rest = Array(words.dropFirst())
    switch words.first {
    case "search": try EvaluateSearch.run(rest)
    case "suggest": try EvaluateSuggest.run(rest)
    case "cf": try EvaluateFilter.run(rest)
    default: throw CommandError.usage("Say what to evaluate: 'search', 'suggest' or 'cf'.")
    }
  }
}
