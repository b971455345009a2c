// SPDX-License-Identifier: Apache-2.0
//
// The interface between a search server and a ranking plugin: C11 or C++11, no library.
//
// A plugin is a shared object that exports one function, `ranking_plugin_entry`. The server calls
// `create` once or more per use in a ranking profile, then `rank` for each query with candidates in
// columns, best first, and uses the scores that the plugin writes.
//
// GROWTH. Every structure starts with `struct_size`, written by the side that fills it. A reader
// uses only fields that lie below that size and takes absent ones as zero. Fields are only ever
// appended; none changes its meaning or place. Element types of arrays (`rp_string`, `rp_reason`)
// are frozen. A server of the same major version loads plugins of every minor version.
//
// OWNERSHIP. What the server passes is borrowed for the call, unless said otherwise. Output arrays
// belong to the server and have exactly `count` elements. Nothing that one side allocated is freed
// by the other. Strings are UTF-8 with a size and no terminating zero, unless they are
// `const char *` with no size beside them.
//
// TIME. All times are nanoseconds of CLOCK_MONOTONIC, except `unix_time_ms`. The server keeps the
// deadline whether or not the plugin does: past it, the query goes on without this call, and what
// the call still writes is thrown away.
//
// THREADS. Each function states who may call it. No function is called by two threads at once for
// one instance unless the plugin says RP_THREADS_CONCURRENT.
//
// ERRORS. No C++ exception, longjmp, signal or process exit may cross this line. Return RP_ERROR
// after `set_error`; the query keeps the order that it had.
#ifndef RANKING_PLUGIN_H
#define RANKING_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RP_ABI_MAJOR 1u
#define RP_ABI_MINOR 0u
/// "RPLG": the first bytes of a descriptor after its size.
#define RP_MAGIC 0x474C5052u

/// UTF-8 bytes. `data` is NULL for a missing value.
typedef struct rp_string {
  const char *data;
  uint64_t size;
} rp_string;

/// What a function returns. Any other value counts as RP_ERROR.
typedef int32_t rp_status;
#define RP_OK 0
/// `rank` only: the first `rp_output.count` candidates have their scores, the others do not.
#define RP_PARTIAL 1
#define RP_ERROR (-1)

// ---- What the plugin wants to know of a candidate ----

/// The types of feature columns.
typedef uint32_t rp_column_kind;
/// `numbers`: a double each; NaN where the document lacks a value.
#define RP_COLUMN_NUMBER 1u
/// `strings`: a string each; `data` is NULL where the document lacks a value.
#define RP_COLUMN_STRING 2u
/// `strings` and `starts`: candidate i has strings[starts[i]] up to strings[starts[i + 1]], without
/// that last one.
#define RP_COLUMN_STRINGS 3u
/// `vectors`: `dimension` floats each, in order; the first is NaN where the document lacks a value.
#define RP_COLUMN_VECTOR 4u

/// One feature of each candidate of a batch. Borrowed for the call.
typedef struct rp_column {
  uint32_t struct_size;
  rp_column_kind kind;
  const double *numbers;
  const rp_string *strings;
  /// batch.count + 1 elements.
  const uint32_t *starts;
  const float *vectors;
  /// Floats per vector; 0 where the collection has no such field: then `vectors` is NULL.
  uint32_t dimension;
  uint32_t reserved;
} rp_column;

// ---- What a query is ----

/// What is known of the shopper. Items are document identifiers, most recent first; weights are 0
/// or more. Lists are empty, never NULL with a size, for a shopper without history.
typedef struct rp_shopper {
  uint32_t struct_size;
  uint32_t reserved;
  /// A keyed hash: equal for one shopper, no name.
  rp_string key;
  /// Items of this session.
  const rp_string *session_items;
  const double *session_weights;
  uint64_t session_count;
  /// Items of the shopper's longer history, without limit to this session.
  const rp_string *profile_items;
  const double *profile_weights;
  uint64_t profile_count;
  /// Interests such as "brand:bosch", with weights.
  const rp_string *interests;
  const double *interest_weights;
  uint64_t interest_count;
} rp_shopper;

/// One query. The same for all calls between `begin` and `end`.
typedef struct rp_query {
  uint32_t struct_size;
  uint32_t reserved;
  /// When the answer must be there. A call should return RP_PARTIAL before it.
  uint64_t deadline_ns;
  /// Becomes nonzero once the server has given up the call; read it with RP_CANCELLED, at least
  /// once per 64 candidates. Never NULL.
  const volatile uint32_t *cancel;
  /// The time of the query, milliseconds since 1970 in UTC. Use it, not the clock, so that a query
  /// can be repeated.
  int64_t unix_time_ms;
  rp_string text;
  /// The query's words as the index knows them, in order.
  const rp_string *tokens;
  uint64_t token_count;
  rp_string collection;
  /// Never NULL.
  const rp_shopper *shopper;
  /// The plugin's own, from `begin` to `end`; NULL before.
  void *state;
} rp_query;

/// Nonzero once the call's result is no longer wanted.
#define RP_CANCELLED(query) (__atomic_load_n((query)->cancel, __ATOMIC_RELAXED))

// ---- Candidates in, scores out ----

/// Candidates in columns, in their present order, best first. A query's candidates may come in
/// several batches, one call each, best first. All arrays have `count` elements.
typedef struct rp_batch {
  uint32_t struct_size;
  uint32_t count;
  /// The place of this batch's first candidate: candidate i stands at `first` + i, 0 is the best.
  uint32_t first;
  /// Candidates of all batches of this query, at most.
  uint32_t total;
  /// Numbers that tell documents apart within this query only.
  const uint64_t *documents;
  /// The documents' identifiers; NULL unless the descriptor's `needs` has RP_NEEDS_IDS.
  const rp_string *ids;
  /// Scores after the stage before; finite.
  const double *scores;
  /// Scores of the first stage, text relevance; finite.
  const double *recall_scores;
  /// Places in the order of the first stage, 0 is the best.
  const uint32_t *recall_positions;
  /// The columns that `create` asked for, by the index that `request_column` returned.
  const rp_column *const *columns;
  uint32_t column_count;
  uint32_t reserved;
} rp_batch;

/// The server's arrays, `batch.count` elements each, for the plugin to write.
typedef struct rp_output {
  uint32_t struct_size;
  /// Set to batch.count by the server; with RP_PARTIAL the plugin sets how many it scored.
  uint32_t count;
  /// Holds batch.scores on entry: a score left alone is unchanged. Must end finite.
  double *scores;
  /// Zero on entry; nonzero takes the candidate out of the answer.
  uint8_t *drops;
  /// Zero on entry; p > 0 asks for place p of the answer, 1 being the first.
  uint32_t *pins;
  /// Zero on entry; a code of `rp_plugin.reasons`, shown to who asks for an explanation.
  uint32_t *reasons;
} rp_output;

// ---- What the server offers ----

#define RP_LOG_DEBUG 0u
#define RP_LOG_INFO 1u
#define RP_LOG_WARNING 2u
#define RP_LOG_ERROR 3u

/// Services of the server. Pass `context` as the first argument of each. Valid from `create` until
/// `destroy` returns. Check struct_size before using a function that came after minor version 0.
typedef struct rp_host {
  uint32_t struct_size;
  uint32_t abi_minor;
  void *context;
  /// Writes a line to the server's log. Any thread. Text over 1,000 bytes is cut.
  void (*log)(void *context, uint32_t level, const char *text, uint64_t size);
  /// Memory aligned to 16 bytes, or NULL. Counted per instance, so that leaks are reported.
  /// Any thread.
  void *(*allocate)(void *context, uint64_t size);
  /// Frees what `allocate` returned; NULL does nothing. Any thread.
  void (*release)(void *context, void *memory);
  /// Nanoseconds of CLOCK_MONOTONIC. Any thread.
  uint64_t (*now)(void *context);
  /// Says why the running call fails; the last text counts, 255 bytes at most. The thread of the
  /// call only.
  void (*set_error)(void *context, const char *text, uint64_t size);
  /// Copies a state value to `out`, at most `capacity` bytes, and returns its size, or -1 if the
  /// key is not set. State is kept per worker: two instances may see different values, and a
  /// restart or reload begins empty. Inside `create`, `begin`, `rank`, `end` only.
  int64_t (*state_get)(void *context, rp_string key, void *out, uint64_t capacity);
  /// Sets a state value; a size of 0 removes it. Keys hold up to 64 bytes, all state of an
  /// instance up to 64 keys and 1 MiB; RP_ERROR beyond. Inside `create`, `begin`, `rank`, `end`
  /// only.
  rp_status (*state_set)(void *context, rp_string key, const void *value, uint64_t size);
  /// Adds to a counter that the server publishes under the plugin's name. At most 32 names of 47
  /// bytes per instance; others are ignored. Inside `create`, `begin`, `rank`, `end` only.
  void (*metric)(void *context, rp_string name, double amount);
  /// Asks for a feature column of the candidates and returns its index in `rp_batch.columns`, or
  /// -1 after the 32nd or for a name over 63 bytes. Inside `create` only. With equal
  /// configuration, every instance must ask for the same columns in the same order.
  int32_t (*request_column)(void *context, rp_string name, rp_column_kind kind);
  /// Further services by name ("name/1"), or NULL. None is defined yet. Any thread.
  const void *(*get_extension)(void *context, const char *name);
} rp_host;

// ---- The plugin ----

/// How many threads may call one instance.
typedef uint32_t rp_threads;
/// One instance per thread that ranks, each called by one thread at a time. The usual choice.
#define RP_THREADS_PER_WORKER 0u
/// One instance, one call at a time: for large models.
#define RP_THREADS_SERIALIZED 1u
/// One instance, any number of calls at once.
#define RP_THREADS_CONCURRENT 2u

/// `needs`: the batch's `ids`.
#define RP_NEEDS_IDS 1u
/// `needs`: the shopper's lists; without it they are empty.
#define RP_NEEDS_SHOPPER 2u
/// `needs`: all candidates in one call, because a score depends on the others (diversity, say).
/// Such a stage has no partial result unless the plugin returns RP_PARTIAL itself.
#define RP_NEEDS_WHOLE_BATCH 4u

/// What a reason code means.
typedef struct rp_reason {
  uint32_t code;
  uint32_t reserved;
  /// Zero-terminated.
  const char *text;
} rp_reason;

/// The descriptor. Constant and valid for as long as the library is mapped.
typedef struct rp_plugin {
  uint32_t struct_size;
  /// RP_MAGIC.
  uint32_t magic;
  /// RP_ABI_MAJOR and RP_ABI_MINOR of the header that the plugin was built with.
  uint32_t abi_major;
  uint32_t abi_minor;
  /// Reverse domain name, up to 127 bytes of letters, digits, '.', '-' and '_'. Zero-terminated.
  const char *id;
  /// For people, up to 63 bytes. Zero-terminated.
  const char *version;
  rp_threads threads;
  /// RP_NEEDS_* joined by |.
  uint32_t needs;
  /// Up to 256 reasons.
  const rp_reason *reasons;
  uint64_t reason_count;
  /// Makes an instance from its configuration, a JSON object (at least "{}"). `host` stays valid
  /// until `destroy` returns. May take long (loading a model); no query waits for it. Called on the
  /// thread that will rank, or before any ranking.
  rp_status (*create)(const rp_host *host, rp_string config, void **instance);
  /// Frees an instance; no call of it runs or follows.
  void (*destroy)(void *instance);
  /// Optional. Before a query's first `rank`, on its thread; may set `query->state`. If it fails,
  /// neither `rank` nor `end` follows. Not for RP_THREADS_CONCURRENT state kept in the instance.
  rp_status (*begin)(void *instance, rp_query *query);
  /// Scores one batch. The instance's thread rule holds.
  rp_status (*rank)(void *instance, const rp_query *query, const rp_batch *batch,
                    rp_output *output);
  /// Optional. After a query's last `rank`, on its thread, also if that failed.
  void (*end)(void *instance, rp_query *query);
  /// Optional. Further abilities by name ("name/1"), or NULL: RP_ATTRIBUTIONS. What it returns is
  /// constant, like the descriptor. Any thread.
  const void *(*get_extension)(const char *name);
} rp_plugin;

// ---- Extensions of plugins ----

/// What a search learns that asks for an explanation: how much of a candidate's score each feature
/// makes. An rp_attributions.
#define RP_ATTRIBUTIONS "attributions/1"
/// Bytes of a feature's name, the terminating zero among them.
#define RP_FEATURE_NAME 64u

/// The server's arrays for attributions, for the plugin to write.
typedef struct rp_attribution_output {
  uint32_t struct_size;
  /// The candidates to explain, the most important first; with RP_PARTIAL the plugin sets how many
  /// it explained.
  uint32_t count;
  /// Their places in the batch, `count` elements.
  const uint32_t *candidates;
  /// The most features that have room.
  uint32_t capacity;
  /// Zero on entry; set by the plugin.
  uint32_t feature_count;
  /// Room for `capacity` names of RP_FEATURE_NAME bytes each, zero-terminated.
  char *names;
  /// What feature f adds to the score of candidates[i] goes to values[i * capacity + f]; finite.
  double *values;
  /// The score that a candidate has on which no feature is known: with all values of a candidate
  /// added, the score that `rank` gave it.
  double baseline;
  /// Zero on entry, for exact values; else how many random orders of features they are a mean of.
  uint32_t samples;
  uint32_t reserved;
} rp_attribution_output;

typedef struct rp_attributions {
  uint32_t struct_size;
  uint32_t reserved;
  /// Explains scores, once, after the query's last `rank` and before `end`, on the same thread.
  /// `batch` holds the candidates of all batches that `rank` was given, `query->deadline_ns` is this
  /// call's own. Failing costs the explanation only.
  rp_status (*attribute)(void *instance, const rp_query *query, const rp_batch *batch,
                         rp_attribution_output *output);
} rp_attributions;

#if defined(__GNUC__)
#define RP_EXPORT __attribute__((visibility("default")))
#else
#define RP_EXPORT
#endif

/// The one exported symbol. Must return the same descriptor each time, and do nothing else.
RP_EXPORT const rp_plugin *ranking_plugin_entry(void);

#ifdef __cplusplus
}
#endif
#endif
