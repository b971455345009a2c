// SPDX-License-Identifier: Apache-2.0
// Scores each candidate 3 times its place plus its recall score, and says so: exactly, or as the
// query's text wants it: late, not a number, too many features, failing, the first candidate only.
#define FIXTURE_EXTENSION extension
static const void *extension(const char *name);
#include "fixture.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

static int wants(const rp_query *query, const char *text) {
  return query->text.size == strlen(text) && !memcmp(query->text.data, text, query->text.size);
}

static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)query;
  for (uint32_t i = 0; i < batch->count; i++)
    out->scores[i] = 3.0 * (batch->first + i) + batch->recall_scores[i];
  return RP_OK;
}

static rp_status attribute(
  void *instance, const rp_query *query, const rp_batch *batch, rp_attribution_output *out) {
  (void)instance;
  if (wants(query, "fail")) return RP_ERROR;
  if (wants(query, "late")) usleep(400000);
  out->feature_count = wants(query, "many") ? out->capacity + 1 : 2;
  for (uint32_t f = 0; f < out->capacity; f++)
    snprintf(out->names + f * RP_FEATURE_NAME, RP_FEATURE_NAME, f ? "recall" : "place");
  out->baseline = 1;
  out->samples = wants(query, "sampled") ? 16 : 0;
  for (uint32_t i = 0; i < out->count; i++) {
    uint32_t place = out->candidates[i];
    double *values = out->values + (uint64_t)i * out->capacity;
    values[0] = wants(query, "nan") ? NAN : 3.0 * (batch->first + place);
    values[1] = batch->recall_scores[place] - 1;
  }
  if (!wants(query, "first")) return RP_OK;
  out->count = 1;
  return RP_PARTIAL;
}

static const void *extension(const char *name) {
  static const rp_attributions attributions = {sizeof attributions, 0, attribute};
  return strcmp(name, RP_ATTRIBUTIONS) ? NULL : &attributions;
}
FIXTURE(rank)
