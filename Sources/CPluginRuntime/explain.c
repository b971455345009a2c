// SPDX-License-Identifier: Apache-2.0
//
// After a window was ranked: how much of its best candidates' scores each feature makes, where the
// plugin can tell.
#include <string.h>
#include "plugin_runtime.h"
#include "runtime_internal.h"

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

// The places of the best scores, best first; earlier places first among equals. Insertion is enough
// for at most MARTLET_EXPLAINED of them.
static uint32_t choose_best(
  const double *scores, const uint8_t *drops, uint32_t count, uint32_t wanted, uint32_t *best) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (drops[i] || (found == wanted && !(scores[i] > scores[best[found - 1]]))) continue;
    uint32_t place = found < wanted ? found++ : found - 1;
    for (; place > 0 && scores[i] > scores[best[place - 1]]; place--) best[place] = best[place - 1];
    best[place] = i;
  }
  return found;
}

void martlet_explain(
  martlet_slot *slot, const rp_plugin *plugin, void *instance, const rp_query *query,
  const rp_batch *batch, uint32_t scored) {
  const rp_attributions *extension = martlet_guard_extension(plugin, RP_ATTRIBUTIONS);
  if (!extension || extension->struct_size < sizeof *extension || !extension->attribute) return;
  char *memory = (char *)slot;
  uint32_t *best = (uint32_t *)(memory + slot->out_explained);
  uint32_t wanted = least(slot->to_explain, MARTLET_EXPLAINED);
  uint32_t count = wanted ? choose_best(
    (double *)(memory + slot->out_scores), (uint8_t *)(memory + slot->out_drops), scored, wanted,
    best) : 0;
  if (!count) return;
  double *values = (double *)(memory + slot->out_attributions);
  memset(values, 0, sizeof *values * count * MARTLET_FEATURES);
  memset(slot->feature_names, 0, sizeof slot->feature_names);
  rp_attribution_output output = {
    sizeof output, count, best, MARTLET_FEATURES, 0, slot->feature_names[0], values, 0, 0, 0};
  rp_query own = *query;
  own.deadline_ns = martlet_now() + slot->explain_ns;
  rp_status status = martlet_guard_attribute(extension, instance, &own, batch, &output);
  if (status != RP_OK && status != RP_PARTIAL) return;
  slot->feature_count = least(output.feature_count, MARTLET_FEATURES);
  slot->samples = output.samples;
  slot->baseline = output.baseline;
  martlet_store(&slot->explained, status == RP_OK ? count : least(output.count, count));
}
