// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  const rp_host *host = instance;
  (void)batch, (void)out;
  if (!goes(query)) return RP_OK;
  host->set_error(host->context, "no model", 8);
  return RP_ERROR;
}
FIXTURE(rank)
