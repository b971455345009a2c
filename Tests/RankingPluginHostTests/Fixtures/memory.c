// SPDX-License-Identifier: Apache-2.0
// Takes 8 GB and writes to all of it.
#include "fixture.h"
#include <stdlib.h>
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)batch, (void)out;
  if (!goes(query)) return RP_OK;
  char *memory = malloc(8ull << 30);
  if (!memory) return RP_ERROR;
  memset(memory, 1, 8ull << 30);
  return RP_OK;
}
FIXTURE(rank)
