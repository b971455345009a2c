// SPDX-License-Identifier: Apache-2.0
//
// The server's services for plugins. Those bound to a call find the slot by thread, since one
// instance can serve several slots at once.
#include <stdlib.h>
#include <string.h>
#include "plugin_runtime.h"
#include "runtime_internal.h"

enum { STATE_KEYS = 64, STATE_KEY_BYTES = 64, STATE_BYTES = 1 << 20, LOG_BYTES = 1000 };

typedef struct {
  char key[STATE_KEY_BYTES];
  uint64_t key_size, size;
  void *value;
} state_entry;

struct martlet_state {
  state_entry entries[STATE_KEYS];
  uint64_t bytes;
};

_Thread_local martlet_call martlet_current;

static void log_line(void *context, uint32_t level, const char *text, uint64_t size) {
  martlet_services *services = context;
  if (services->log && text)
    services->log(services->log_context, level, text, size < LOG_BYTES ? size : LOG_BYTES);
}

static void *allocate(void *context, uint64_t size) {
  martlet_services *services = context;
  if (size > UINT64_MAX - 16) return NULL;
  // The size stands before the block, in the 16 bytes that keep its alignment.
  uint64_t *block = malloc(size + 16);
  if (!block) return NULL;
  *block = size;
  __atomic_add_fetch(&services->slot->allocated, (int64_t)size, __ATOMIC_RELAXED);
  return block + 2;
}

static void release(void *context, void *memory) {
  martlet_services *services = context;
  if (!memory) return;
  uint64_t *block = (uint64_t *)memory - 2;
  __atomic_sub_fetch(&services->slot->allocated, (int64_t)*block, __ATOMIC_RELAXED);
  free(block);
}

static uint64_t now(void *context) {
  (void)context;
  return martlet_now();
}

static void set_error(void *context, const char *text, uint64_t size) {
  (void)context;
  martlet_slot *slot = martlet_current.slot;
  if (!slot || !text) return;
  if (size >= sizeof slot->error) size = sizeof slot->error - 1;
  memcpy(slot->error, text, size);
  slot->error[size] = 0;
}

static state_entry *find(struct martlet_state *state, rp_string key) {
  for (int i = 0; i < STATE_KEYS; i++) {
    state_entry *entry = &state->entries[i];
    if (entry->value && entry->key_size == key.size && !memcmp(entry->key, key.data, key.size))
      return entry;
  }
  return NULL;
}

static int64_t state_get(void *context, rp_string key, void *out, uint64_t capacity) {
  (void)context;
  struct martlet_state *state = martlet_current.state;
  if (!state || !key.data || key.size > STATE_KEY_BYTES) return -1;
  state_entry *entry = find(state, key);
  if (!entry) return -1;
  if (out) memcpy(out, entry->value, entry->size < capacity ? entry->size : capacity);
  return (int64_t)entry->size;
}

static rp_status state_set(void *context, rp_string key, const void *value, uint64_t size) {
  (void)context;
  struct martlet_state *state = martlet_current.state;
  if (!state || !key.data || key.size > STATE_KEY_BYTES || (size && !value)) return RP_ERROR;
  state_entry *entry = find(state, key);
  uint64_t others = state->bytes - (entry ? entry->size : 0);
  if (size > STATE_BYTES - others) return RP_ERROR;
  void *copy = size ? malloc(size) : NULL;
  if (size && !copy) return RP_ERROR;
  if (size) memcpy(copy, value, size);
  for (int i = 0; !entry && size && i < STATE_KEYS; i++)
    if (!state->entries[i].value) entry = &state->entries[i];
  if (!entry) {
    free(copy);
    return size ? RP_ERROR : RP_OK;
  }
  free(entry->value);
  memcpy(entry->key, key.data, key.size);
  entry->key_size = key.size;
  entry->value = copy;
  entry->size = size;
  state->bytes = others + size;
  return RP_OK;
}

static void metric(void *context, rp_string name, double amount) {
  (void)context;
  martlet_slot *slot = martlet_current.slot;
  if (!slot || !name.data || !name.size || name.size >= MARTLET_METRIC_NAME) return;
  for (uint32_t i = 0; i < MARTLET_METRICS; i++) {
    martlet_metric *entry = &slot->metrics[i];
    if (i == slot->metric_count) {
      memcpy(entry->name, name.data, name.size);
      entry->name[name.size] = 0;
      martlet_store(&slot->metric_count, i + 1);
    } else if (strlen(entry->name) != name.size || memcmp(entry->name, name.data, name.size)) {
      continue;
    }
    double sum = entry->value + amount;
    __atomic_store(&entry->value, &sum, __ATOMIC_RELAXED);
    return;
  }
}

static int32_t request_column(void *context, rp_string name, rp_column_kind kind) {
  (void)context;
  martlet_slot *slot = martlet_current.slot;
  if (!slot || !martlet_current.creating || slot->column_count == MARTLET_COLUMNS) return -1;
  if (!name.data || !name.size || name.size >= MARTLET_COLUMN_NAME) return -1;
  if (kind < RP_COLUMN_NUMBER || kind > RP_COLUMN_VECTOR) return -1;
  martlet_slot_column *column = &slot->columns[slot->column_count];
  memset(column, 0, sizeof *column);
  memcpy(column->name, name.data, name.size);
  column->kind = kind;
  return (int32_t)slot->column_count++;
}

static const void *get_extension(void *context, const char *name) {
  (void)context, (void)name;
  return NULL;
}

martlet_services *martlet_services_create(martlet_slot *slot, martlet_log log, void *log_context) {
  martlet_services *services = calloc(1, sizeof *services);
  if (!services) return NULL;
  services->slot = slot;
  services->log = log;
  services->log_context = log_context;
  services->host = (rp_host){
    sizeof(rp_host), RP_ABI_MINOR, services, log_line, allocate, release, now, set_error,
    state_get, state_set, metric, request_column, get_extension};
  return services;
}

void martlet_services_free(martlet_services *services) { free(services); }

void martlet_call_begin(martlet_slot *slot, bool creating) {
  martlet_current.slot = slot;
  martlet_current.creating = creating;
  if (!martlet_current.state) martlet_current.state = calloc(1, sizeof(struct martlet_state));
}

void martlet_call_end(void) {
  struct martlet_state *state = martlet_current.state;
  for (int i = 0; state && i < STATE_KEYS; i++) free(state->entries[i].value);
  free(state);
  martlet_current = (martlet_call){0};
}
