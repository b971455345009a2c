// SPDX-License-Identifier: Apache-2.0
//
// What the test plugins have in common: a descriptor, and behaviour that starts with queries whose
// text is "go", so that each passes the self-check.
#include <ranking_plugin.h>
#include <string.h>

static inline int goes(const rp_query *query) {
  return query->text.size == 2 && !memcmp(query->text.data, "go", 2);
}

#ifndef FIXTURE_CREATE
static rp_status fixture_create(const rp_host *host, rp_string config, void **instance) {
  (void)config;
  *instance = (void *)host;
  return RP_OK;
}
static void fixture_destroy(void *instance) { (void)instance; }
#endif

#ifndef FIXTURE_MAJOR
#define FIXTURE_MAJOR RP_ABI_MAJOR
#endif
#ifndef FIXTURE_NEEDS
#define FIXTURE_NEEDS 0
#endif
#ifndef FIXTURE_VERSION
#define FIXTURE_VERSION "1.0"
#endif
#ifndef FIXTURE_THREADS
#define FIXTURE_THREADS RP_THREADS_PER_WORKER
#endif
#ifndef FIXTURE_EXTENSION
#define FIXTURE_EXTENSION NULL
#endif

static const rp_reason fixture_reasons[] = {{7, 0, "lucky seven"}};

#define FIXTURE(rank_function)                                                                \
  RP_EXPORT const rp_plugin *ranking_plugin_entry(void) {                                     \
    static const rp_plugin plugin = {                                                         \
      sizeof(rp_plugin), RP_MAGIC, FIXTURE_MAJOR, RP_ABI_MINOR, "test.fixture",               \
      FIXTURE_VERSION, FIXTURE_THREADS, FIXTURE_NEEDS, fixture_reasons, 1, fixture_create,    \
      fixture_destroy, NULL, rank_function, NULL, FIXTURE_EXTENSION};                         \
    return &plugin;                                                                           \
  }
