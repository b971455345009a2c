// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
#include <time.h>
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)batch, (void)out;
  struct timespec time = {0, 50000000};
  if (goes(query)) nanosleep(&time, NULL);
  return RP_OK;
}
FIXTURE(rank)
