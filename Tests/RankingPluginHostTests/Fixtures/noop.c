// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)query, (void)batch, (void)out;
  return RP_OK;
}
FIXTURE(rank)
