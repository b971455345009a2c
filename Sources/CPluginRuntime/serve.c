// SPDX-License-Identifier: Apache-2.0
//
// The worker's loop: one query after another, each ranked in chunks, best candidates first.
//
// Chunks make a stage answer at any time. While the cost of a candidate is unknown a chunk is
// small; from then on a chunk is everything that is left if that fits the time left with a margin,
// else what fits half of it. So the chunks shrink toward the deadline, a cheap plugin is called
// once, and little is lost when a call is late.
#define _GNU_SOURCE
#include <string.h>
#include "plugin_runtime.h"
#include "runtime_internal.h"

enum { FIRST_CHUNK = 32, LEAST_CHUNK = 8, SPINS = 2000 };

typedef struct {
  rp_query query;
  rp_shopper shopper;
  rp_column columns[MARTLET_COLUMNS];
  const rp_column *column_list[MARTLET_COLUMNS];
} call_data;

static void *at(martlet_slot *slot, uint64_t offset) {
  return offset ? (char *)slot + offset : NULL;
}

static rp_string string_at(martlet_slot *slot, martlet_span span) {
  return (rp_string){at(slot, span.offset), span.count};
}

static void open_query(martlet_slot *slot, call_data *call) {
  call->shopper = (rp_shopper){
    sizeof(rp_shopper), 0, string_at(slot, slot->key),
    at(slot, slot->session.offset), at(slot, slot->session_weights), slot->session.count,
    at(slot, slot->profile.offset), at(slot, slot->profile_weights), slot->profile.count,
    at(slot, slot->interests.offset), at(slot, slot->interest_weights), slot->interests.count};
  call->query = (rp_query){
    sizeof(rp_query), 0, slot->deadline_ns, &slot->cancel, slot->unix_time_ms,
    string_at(slot, slot->text), at(slot, slot->tokens.offset), slot->tokens.count,
    string_at(slot, slot->collection), &call->shopper, NULL};
}

// The batch from candidate `first` on: the arrays of the slot, moved.
static rp_batch chunk(martlet_slot *slot, call_data *call, uint32_t first, uint32_t count) {
  for (uint32_t i = 0; i < slot->column_count; i++) {
    martlet_slot_column *stored = &slot->columns[i];
    rp_column *column = &call->columns[i];
    *column = (rp_column){.struct_size = sizeof(rp_column), .kind = stored->kind};
    call->column_list[i] = column;
    void *values = at(slot, stored->values);
    if (!values) continue;
    switch (stored->kind) {
    case RP_COLUMN_NUMBER: column->numbers = (double *)values + first; break;
    case RP_COLUMN_STRING: column->strings = (rp_string *)values + first; break;
    case RP_COLUMN_STRINGS:
      column->strings = values;
      column->starts = (uint32_t *)at(slot, stored->starts) + first;
      break;
    case RP_COLUMN_VECTOR:
      column->dimension = stored->dimension;
      column->vectors = (float *)values + (uint64_t)first * stored->dimension;
      break;
    }
  }
  const rp_string *ids = at(slot, slot->ids);
  return (rp_batch){
    sizeof(rp_batch), count, first, slot->window,
    (uint64_t *)at(slot, slot->documents) + first, ids ? ids + first : NULL,
    (double *)at(slot, slot->scores) + first, (double *)at(slot, slot->recall_scores) + first,
    (uint32_t *)at(slot, slot->recall_positions) + first,
    call->column_list, slot->column_count, 0};
}

static uint32_t chunk_size(martlet_slot *slot, uint32_t left, uint64_t now) {
  if (now >= slot->deadline_ns) return 0;
  double time = (double)(slot->deadline_ns - now), cost = slot->cost_ns;
  uint32_t size = FIRST_CHUNK;
  if (cost > 0) {
    if (left * cost * 1.25 <= time) return left;
    double fitting = time * 0.5 / cost;
    size = fitting < LEAST_CHUNK ? LEAST_CHUNK : fitting > left ? left : (uint32_t)fitting;
    // The first chunk is tried in any case: only a call can show that a plugin is fast again.
    if (size * cost > time && left < slot->window) return 0;
  }
  return size < left ? size : left;
}

static rp_status rank_all(
  martlet_slot *slot, const rp_plugin *plugin, void *instance, call_data *call) {
  uint32_t done = 0, window = slot->window;
  while (done < window) {
    uint64_t started = martlet_now();
    uint32_t size = plugin->needs & RP_NEEDS_WHOLE_BATCH
      ? window : chunk_size(slot, window - done, started);
    if (!size || RP_CANCELLED(&call->query)) return RP_PARTIAL;
    rp_batch batch = chunk(slot, call, done, size);
    rp_output output = {
      sizeof(rp_output), size, (double *)at(slot, slot->out_scores) + done,
      (uint8_t *)at(slot, slot->out_drops) + done, (uint32_t *)at(slot, slot->out_pins) + done,
      (uint32_t *)at(slot, slot->out_reasons) + done};
    memcpy(output.scores, batch.scores, size * sizeof(double));
    memset(output.drops, 0, size);
    memset(output.pins, 0, size * sizeof(uint32_t));
    memset(output.reasons, 0, size * sizeof(uint32_t));
    rp_status status = martlet_guard_rank(plugin, instance, &call->query, &batch, &output);
    if (status != RP_OK && status != RP_PARTIAL) return RP_ERROR;
    uint32_t scored = status == RP_OK ? size : output.count < size ? output.count : size;
    if (scored) {
      double cost = (double)(martlet_now() - started) / scored;
      // A chunk that another process's work delayed says little: growth counts fourfold at most.
      double old = slot->cost_ns;
      slot->cost_ns = old == 0 ? cost : (old + (cost > old * 4 ? old * 4 : cost)) / 2;
    }
    done += scored;
    martlet_store(&slot->scored, done);
    slot->chunks++;
    if (status == RP_PARTIAL) return RP_PARTIAL;
  }
  return RP_OK;
}

// Publishes the scores before they are explained, which has a time of its own.
static void explain(martlet_slot *slot, const rp_plugin *plugin, void *instance, call_data *call) {
  uint32_t scored = martlet_load(&slot->scored);
  if (!slot->to_explain || !scored) return;
  if (!martlet_exchange(&slot->state, martlet_slot_running, martlet_slot_explaining)) return;
  martlet_wake(&slot->state, 1);
  // A plugin that scores candidates by each other must see those that it had seen.
  rp_batch batch = chunk(
    slot, call, 0, plugin->needs & RP_NEEDS_WHOLE_BATCH ? slot->window : scored);
  martlet_explain(slot, plugin, instance, &call->query, &batch, scored);
}

static void rank_query(
  martlet_slot *slot, const rp_plugin *plugin, void *instance, call_data *call) {
  martlet_call_begin(slot, 0);
  open_query(slot, call);
  rp_status status = RP_OK;
  if (plugin->begin) status = martlet_guard_begin(plugin, instance, &call->query);
  if (status == RP_OK) {
    status = slot->status = rank_all(slot, plugin, instance, call);
    if (status != RP_ERROR) explain(slot, plugin, instance, call);
    if (plugin->end) martlet_guard_end(plugin, instance, &call->query);
  } else {
    status = RP_ERROR;
  }
  slot->status = status;
}

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("yield");
#endif
}

// A short spin saves the sleep and the wake-up where queries follow each other closely; it starts
// anew when the slot is armed, which it is for as long as the host takes to write a batch.
static uint32_t next_state(martlet_slot *slot) {
  uint32_t last = martlet_slot_idle;
  for (int spin = 0;; spin++) {
    uint32_t state = martlet_load(&slot->state);
    if (state == martlet_slot_ready || state == martlet_slot_quit) return state;
    if (state != last) spin = 0;
    last = state;
    if (spin < SPINS) {
      pause_briefly();
    } else {
      martlet_wait(&slot->state, state, 0);
    }
  }
}

void martlet_serve(
  martlet_slot *slot, const rp_plugin *plugin, void *instance, void (*returned)(void *),
  void *context) {
  call_data call;
  while (next_state(slot) == martlet_slot_ready) {
    if (!martlet_exchange(&slot->state, martlet_slot_ready, martlet_slot_running)) continue;
    rank_query(slot, plugin, instance, &call);
    if (martlet_exchange(&slot->state, martlet_slot_running, martlet_slot_done)
        || martlet_exchange(&slot->state, martlet_slot_explaining, martlet_slot_done)) {
      martlet_wake(&slot->state, 1);
    } else if (martlet_exchange(&slot->state, martlet_slot_abandoned, martlet_slot_idle)) {
      martlet_wake(&slot->state, 1);
      if (returned) returned(context);
    }
  }
  martlet_call_end();
}

rp_status martlet_instance_create(
  const rp_plugin *plugin, martlet_services *services, void **instance) {
  martlet_slot *slot = services->slot;
  *instance = NULL;
  slot->error[0] = 0;
  slot->column_count = 0;
  martlet_call_begin(slot, 1);
  rp_string config = {slot->config, strnlen(slot->config, MARTLET_CONFIG)};
  rp_status status = martlet_guard_create(plugin, &services->host, config, instance);
  martlet_current.creating = 0;
  return status;
}

void martlet_instance_destroy(const rp_plugin *plugin, void *instance) {
  martlet_guard_destroy(plugin, instance);
  martlet_call_end();
}

void martlet_set_error(const char *text) {
  martlet_slot *slot = martlet_current.slot;
  if (slot) strncpy(slot->error, text, sizeof slot->error - 1);
}
