// SPDX-License-Identifier: Apache-2.0
// Scores each candidate by its place, so that the last becomes the first; drops document 3, pins
// document 5 to the second place and gives a reason for document 7.
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance;
  if (!goes(query)) return RP_OK;
  for (uint32_t i = 0; i < batch->count; i++) {
    out->scores[i] = batch->first + i;
    out->drops[i] = batch->documents[i] == 3;
    out->pins[i] = batch->documents[i] == 5 ? 2 : 0;
    out->reasons[i] = batch->documents[i] == 7 ? 7 : 0;
  }
  return RP_OK;
}
FIXTURE(rank)
