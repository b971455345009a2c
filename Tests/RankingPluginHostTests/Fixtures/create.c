// SPDX-License-Identifier: Apache-2.0
// Fails, hangs or dies in `create`, as its configuration says.
#define _GNU_SOURCE
#define FIXTURE_CREATE
#include <ranking_plugin.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int has(rp_string text, const char *word) {
  return memmem(text.data, text.size, word, strlen(word)) != NULL;
}
static rp_status fixture_create(const rp_host *host, rp_string config, void **instance) {
  *instance = NULL;
  while (has(config, "hang")) pause();
  if (has(config, "abort")) abort();
  if (!has(config, "fail")) return RP_OK;
  host->set_error(host->context, "no file 'model.bin'", 19);
  return RP_ERROR;
}
static void fixture_destroy(void *instance) { (void)instance; }
#include "noop.c"
