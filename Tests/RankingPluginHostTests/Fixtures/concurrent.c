// SPDX-License-Identifier: Apache-2.0
#define FIXTURE_THREADS RP_THREADS_CONCURRENT
#include "columns.c"
