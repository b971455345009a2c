// SPDX-License-Identifier: Apache-2.0
//
// What runs a plugin, the same in the server's threads and in a helper process: the memory through
// which one query's batch goes to a worker and its scores come back, and the loop that serves it.
//
//   host: owns an idle slot; state := armed, which wakes the worker while the host writes the
//   batch; state := ready; waits for done or its deadline
//   worker: waits for ready, ranks chunk by chunk, publishes `scored` after each, state := done
//   host, too late: state := abandoned, and reads the chunks published so far; the worker, on its
//   return, turns abandoned into idle, and what it wrote after that is thrown away
//   where the scores are to be explained, the worker publishes them with state := explaining and is
//   done once it has explained them; a host that waits no longer has the scores all the same
//
// In process isolation the worker's side can be hostile: the host bounds and copies what it reads.
#pragma once
#include <ranking_plugin.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  MARTLET_SLOT_BYTES = 16 << 20,
  MARTLET_COLUMNS = 32,
  MARTLET_COLUMN_NAME = 64,
  MARTLET_METRICS = 32,
  MARTLET_METRIC_NAME = 48,
  MARTLET_ERROR_TEXT = 256,
  MARTLET_DESCRIPTION = 64 << 10,
  MARTLET_CONFIG = 64 << 10,
  MARTLET_FEATURES = 256,
  MARTLET_FEATURE_NAME = RP_FEATURE_NAME,
  MARTLET_EXPLAINED = 64,
};

typedef enum {
  martlet_slot_starting = 0,
  martlet_slot_idle,
  martlet_slot_armed,
  martlet_slot_ready,
  martlet_slot_running,
  martlet_slot_explaining,
  martlet_slot_done,
  martlet_slot_abandoned,
  martlet_slot_dead,
  martlet_slot_quit,
} martlet_slot_state;

typedef struct { uint64_t offset, count; } martlet_span;

typedef struct {
  char name[MARTLET_COLUMN_NAME];
  uint32_t kind;
  uint32_t dimension;
  /// Where the values lie: numbers, rp_strings or floats; and `starts`.
  uint64_t values, starts;
} martlet_slot_column;

typedef struct { char name[MARTLET_METRIC_NAME]; double value; } martlet_metric;

/// The head of a slot; the batch's arrays follow it. Offsets count from the slot's start; pointers
/// inside rp_strings are addresses of the worker's mapping, which starts at `base`.
typedef struct {
  // Shared words, only ever touched by the atomic functions below.
  uint32_t state, cancel, scored, chunks;
  uint64_t base;
  // Written by the host before `ready`.
  uint64_t deadline_ns;
  int64_t unix_time_ms;
  uint32_t window, column_count;
  uint64_t documents, ids, scores, recall_scores, recall_positions;
  uint64_t out_scores, out_drops, out_pins, out_reasons;
  martlet_span text, collection, key, tokens;
  martlet_span session, profile, interests;
  uint64_t session_weights, profile_weights, interest_weights;
  /// Candidates to explain, at most MARTLET_EXPLAINED, the time for it, and where their places and
  /// the values of MARTLET_FEATURES features for each go.
  uint32_t to_explain, unused;
  uint64_t explain_ns, out_explained, out_attributions;
  // Written by the worker.
  int32_t status;
  uint32_t metric_count;
  /// Measured cost of one candidate; 0 before the first call.
  double cost_ns;
  int64_t allocated;
  uint32_t explained, feature_count, samples, unused_too;
  double baseline;
  char feature_names[MARTLET_FEATURES][MARTLET_FEATURE_NAME];
  martlet_slot_column columns[MARTLET_COLUMNS];
  martlet_metric metrics[MARTLET_METRICS];
  char error[MARTLET_ERROR_TEXT];
  char config[MARTLET_CONFIG];
  char description[MARTLET_DESCRIPTION];
} martlet_slot;

/// The arrays: some are too long for Swift to see as fields, and an access to a field by `inout` counts
/// as one to the whole slot, whose shared words others touch meanwhile.
static inline martlet_slot_column *martlet_columns(martlet_slot *slot) { return slot->columns; }
static inline const martlet_metric *martlet_metrics(const martlet_slot *slot) { return slot->metrics; }
static inline char *martlet_error(martlet_slot *slot) { return slot->error; }
static inline char *martlet_config(martlet_slot *slot) { return slot->config; }
static inline const char *martlet_feature_name(const martlet_slot *slot, int feature) {
  return slot->feature_names[feature];
}
static inline char *martlet_description(martlet_slot *slot) { return slot->description; }

/// Bytes that the slot's instance holds.
static inline int64_t martlet_allocated(const martlet_slot *slot) {
  return __atomic_load_n(&slot->allocated, __ATOMIC_RELAXED);
}

/// Anonymous shared memory for one slot, all zero; `fd` is -1 or takes a descriptor for a helper.
/// NULL when out of memory.
martlet_slot *martlet_slot_create(int *fd);
/// Maps the slot behind a descriptor, or NULL.
martlet_slot *martlet_slot_map(int fd);
void martlet_slot_unmap(martlet_slot *slot);

uint32_t martlet_load(const uint32_t *word);
void martlet_store(uint32_t *word, uint32_t value);
uint32_t martlet_add(uint32_t *word, uint32_t amount);
/// Puts `desired` if the word is `expected`; whether it did.
bool martlet_exchange(uint32_t *word, uint32_t expected, uint32_t desired);
/// Sleeps while the word is `value`, until a wake or the monotonic time (0: for ever). 0, or an
/// errno value: ETIMEDOUT, EAGAIN, EINTR.
int martlet_wait(uint32_t *word, uint32_t value, uint64_t until_ns);
void martlet_wake(uint32_t *word, int count);
uint64_t martlet_now(void);

/// Copies a descriptor field by field up to its own size; NULL, or what is wrong with it.
const char *martlet_plugin_read(const rp_plugin *from, rp_plugin *to);

/// The services for instances made or called on this thread for `slot`. `log` gets lines.
typedef void (*martlet_log)(void *context, uint32_t level, const char *text, uint64_t size);
typedef struct {
  rp_host host;
  martlet_slot *slot;
  martlet_log log;
  void *log_context;
} martlet_services;
martlet_services *martlet_services_create(martlet_slot *slot, martlet_log log, void *log_context);
void martlet_services_free(martlet_services *services);

/// Makes an instance with the slot's configuration on this thread.
rp_status martlet_instance_create(
  const rp_plugin *plugin, martlet_services *services, void **instance);
void martlet_instance_destroy(const rp_plugin *plugin, void *instance);

/// Serves the slot until it is told to quit. `returned` is called after each call that was
/// abandoned, once the slot is idle again.
void martlet_serve(
  martlet_slot *slot, const rp_plugin *plugin, void *instance, void (*returned)(void *),
  void *context);

/// Makes the running thread yield to all others: for calls whose result nobody waits for.
void martlet_demote(int thread);
int martlet_thread_id(void);

/// Starts the helper: `arguments` as for exec, `fd` becomes its descriptor 3, all others but the
/// standard three are closed. Its process id, or -errno.
int martlet_spawn(const char *path, char *const *arguments, int fd);
/// A descriptor that becomes readable when the process ends, or -1.
int martlet_process_descriptor(int pid);
/// Kills the process behind such a descriptor; nothing if it has ended.
void martlet_kill(int descriptor);
/// Gives up what a ranking plugin has no need of: network, new processes, writing files, memory
/// over `memory_bytes`. NULL, or what failed.
const char *martlet_sandbox(uint64_t memory_bytes);

#ifdef __cplusplus
}
#endif
