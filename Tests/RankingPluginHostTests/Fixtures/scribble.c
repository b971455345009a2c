// SPDX-License-Identifier: Apache-2.0
// Fills all memory that it shares with the server, before and behind its arrays, with ones.
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)batch;
  if (!goes(query)) return RP_OK;
  char *flag = (char *)query->cancel;
  memset(flag + 8, 0xff, (size_t)((char *)out->reasons - flag));
  return RP_OK;
}
FIXTURE(rank)
