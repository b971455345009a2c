// SPDX-License-Identifier: Apache-2.0
// Works for a quarter of a second whatever the cancel flag says.
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  const rp_host *host = instance;
  (void)batch, (void)out;
  uint64_t end = host->now(host->context) + 250000000;
  while (goes(query) && host->now(host->context) < end) {}
  return RP_OK;
}
FIXTURE(rank)
