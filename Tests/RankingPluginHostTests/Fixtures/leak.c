// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
#include <stdlib.h>
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  const rp_host *host = instance;
  (void)batch, (void)out;
  if (!goes(query)) return RP_OK;
  char *lost = host->allocate(host->context, 1000);
  if (lost) lost[0] = 1;
  return RP_OK;
}
FIXTURE(rank)
