// SPDX-License-Identifier: Apache-2.0
// Sums everything that a plugin is given into the score, for comparison with the plain sum.
#define FIXTURE_CREATE
#define FIXTURE_NEEDS (RP_NEEDS_IDS | RP_NEEDS_SHOPPER)
#include <ranking_plugin.h>
static rp_string name(const char *text) {
  rp_string result = {text, __builtin_strlen(text)};
  return result;
}
static rp_status fixture_create(const rp_host *host, rp_string config, void **instance) {
  (void)config;
  *instance = (void *)host;
  for (uint32_t kind = RP_COLUMN_NUMBER; kind <= RP_COLUMN_VECTOR; kind++) {
    const char *names[] = {"", "price", "brand", "tags", "embedding"};
    if (host->request_column(host->context, name(names[kind]), kind) != (int32_t)kind - 1)
      return RP_ERROR;
  }
  return RP_OK;
}
static void fixture_destroy(void *instance) { (void)instance; }
#include "fixture.h"
static double bytes(rp_string text) {
  double sum = 0;
  for (uint64_t i = 0; text.data && i < text.size; i++) sum += (unsigned char)text.data[i];
  return sum;
}
static double list(const rp_string *items, const double *weights, uint64_t count) {
  double sum = 0;
  for (uint64_t i = 0; i < count; i++) sum += bytes(items[i]) * weights[i];
  return sum;
}
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance;
  double common = bytes(query->text) + bytes(query->collection) + (double)query->unix_time_ms;
  for (uint64_t i = 0; i < query->token_count; i++) common += bytes(query->tokens[i]);
  const rp_shopper *shopper = query->shopper;
  common += bytes(shopper->key);
  common += list(shopper->session_items, shopper->session_weights, shopper->session_count);
  common += list(shopper->profile_items, shopper->profile_weights, shopper->profile_count);
  common += list(shopper->interests, shopper->interest_weights, shopper->interest_count);
  for (uint32_t i = 0; i < batch->count; i++) {
    double sum = common + bytes(batch->ids[i]) + batch->scores[i] + batch->recall_scores[i];
    sum += (double)batch->documents[i] + batch->recall_positions[i] + batch->first + i;
    double price = batch->columns[0]->numbers[i];
    sum += price == price ? price : 0;
    sum += bytes(batch->columns[1]->strings[i]);
    const rp_column *tags = batch->columns[2];
    for (uint32_t k = tags->starts[i]; k < tags->starts[i + 1]; k++) sum += bytes(tags->strings[k]);
    const rp_column *vectors = batch->columns[3];
    for (uint32_t k = 0; k < vectors->dimension; k++)
      sum += vectors->vectors[i * vectors->dimension + k];
    out->scores[i] = sum;
  }
  return RP_OK;
}
FIXTURE(rank)
