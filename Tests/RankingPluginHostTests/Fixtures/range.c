// SPDX-License-Identifier: Apache-2.0
// Writes far past its arrays.
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance;
  if (goes(query)) memset(out->scores, 0x7f, (batch->count + 8000000) * sizeof(double));
  return RP_OK;
}
FIXTURE(rank)
