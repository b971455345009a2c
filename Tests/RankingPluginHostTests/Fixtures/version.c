// SPDX-License-Identifier: Apache-2.0
// Gives every candidate the score VALUE, and takes a little time so that calls overlap reloads.
#ifndef VALUE
#define VALUE 1
#endif
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)query;
  for (uint32_t i = 0; i < batch->count; i++) out->scores[i] = VALUE;
  return RP_OK;
}
FIXTURE(rank)
