// SPDX-License-Identifier: Apache-2.0
// The first score tells what is possible: 1 a socket, 2 a file for writing, 4 another program,
// 8 a signal to the parent.
#define _GNU_SOURCE
#include "fixture.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *out) {
  (void)instance, (void)batch;
  if (!goes(query)) return RP_OK;
  out->scores[0] = 0;
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) out->scores[0] += 1;
  if (open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0) out->scores[0] += 2;
  char *arguments[] = {"/bin/true", NULL};
  if (vfork() >= 0 || execv(arguments[0], arguments) == 0) out->scores[0] += 4;
  if (kill(getppid(), 0) == 0) out->scores[0] += 8;
  return RP_OK;
}
FIXTURE(rank)
