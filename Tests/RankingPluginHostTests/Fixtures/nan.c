// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
#include <math.h>
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance;
  for (uint32_t i = 0; goes(query) && i < batch->count; i++)
    out->scores[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
  return RP_OK;
}
FIXTURE(rank)
