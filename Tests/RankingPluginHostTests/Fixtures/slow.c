// SPDX-License-Identifier: Apache-2.0
// Takes 20 microseconds of work for each candidate and never looks at the deadline.
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  const rp_host *host = instance;
  (void)query;
  for (uint32_t i = 0; i < batch->count; i++) {
    uint64_t end = host->now(host->context) + 20000;
    while (host->now(host->context) < end) {}
    out->scores[i] = batch->scores[i] + 1000;
  }
  return RP_OK;
}
FIXTURE(rank)
