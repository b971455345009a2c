// SPDX-License-Identifier: Apache-2.0
#define FIXTURE_MAJOR 99
#include "noop.c"
