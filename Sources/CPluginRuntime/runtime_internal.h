// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "plugin_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What the services bound to a call refer to: one worker thread's slot and state.
typedef struct {
  martlet_slot *slot;
  struct martlet_state *state;
  bool creating;
} martlet_call;
#ifndef __cplusplus
extern _Thread_local martlet_call martlet_current;
#endif

void martlet_call_begin(martlet_slot *slot, bool creating);
void martlet_call_end(void);
void martlet_set_error(const char *text);

/// The plugin's functions, with C++ exceptions turned into RP_ERROR.
rp_status martlet_guard_create(
  const rp_plugin *plugin, const rp_host *host, rp_string config, void **instance);
void martlet_guard_destroy(const rp_plugin *plugin, void *instance);
rp_status martlet_guard_begin(const rp_plugin *plugin, void *instance, rp_query *query);
rp_status martlet_guard_rank(
  const rp_plugin *plugin, void *instance, const rp_query *query, const rp_batch *batch,
  rp_output *output);
rp_status martlet_guard_attribute(
  const rp_attributions *extension, void *instance, const rp_query *query, const rp_batch *batch,
  rp_attribution_output *output);
const void *martlet_guard_extension(const rp_plugin *plugin, const char *name);
void martlet_guard_end(const rp_plugin *plugin, void *instance, rp_query *query);
/// Explains the best of the first `scored` candidates of a batch, within the slot's time for it, by an
/// extension of the plugin, where it has one.
void martlet_explain(
  martlet_slot *slot, const rp_plugin *plugin, void *instance, const rp_query *query,
  const rp_batch *batch, uint32_t scored);
#ifdef __cplusplus
}
#endif
