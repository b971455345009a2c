// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
#include <unistd.h>
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)batch;
  if (goes(query)) out->scores[0] += fork() < 0 ? 2 : 1;
  return RP_OK;
}
FIXTURE(rank)
