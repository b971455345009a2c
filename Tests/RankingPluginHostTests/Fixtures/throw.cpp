// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>
extern "C" {
#include "fixture.h"
}
static rp_status rank(void *, const rp_query *query, const rp_batch *, rp_output *) {
  if (goes(query)) throw std::runtime_error("thrown on purpose");
  return RP_OK;
}
extern "C" { FIXTURE(rank) }
