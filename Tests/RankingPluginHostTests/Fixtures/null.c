// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)batch, (void)out;
  if (goes(query)) *(volatile int *)NULL = 1;
  return RP_OK;
}
FIXTURE(rank)
