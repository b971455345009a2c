// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot say of libmicrohttpd: variable arguments, and enums whose names it drops.
#pragma once
#include <microhttpd.h>

/// As MHD_AccessHandlerCallback, with 1 for MHD_YES and 0 for MHD_NO.
typedef int (*martlet_mhd_handler)(
    void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state);
typedef void (*martlet_mhd_completed)(
    void *context, struct MHD_Connection *connection, void **state, int reason);
typedef int (*martlet_mhd_each)(void *context, int kind, const char *key, const char *value);

static inline struct MHD_Daemon *martlet_mhd_start(
    const void *address, unsigned int threads, unsigned int idle_seconds, unsigned int connections,
    martlet_mhd_handler handler, martlet_mhd_completed completed, void *context) {
  return MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL,
      (MHD_AccessHandlerCallback)(void *)handler, context, MHD_OPTION_SOCK_ADDR, address,
      MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
      MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_NOTIFY_COMPLETED,
      (MHD_RequestCompletedCallback)(void *)completed, NULL, MHD_OPTION_END);
}

static inline uint16_t martlet_mhd_port(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info ? info->port : 0;
}

static inline void martlet_mhd_query(
    struct MHD_Connection *connection, martlet_mhd_each each, void *context) {
  MHD_get_connection_values(
      connection, MHD_GET_ARGUMENT_KIND, (MHD_KeyValueIterator)(void *)each, context);
}

static inline const char *martlet_mhd_header(struct MHD_Connection *connection, const char *name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static inline int martlet_mhd_answer(
    struct MHD_Connection *connection, unsigned int status, const char *type, const void *body,
    size_t length) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(length, (void *)body, MHD_RESPMEM_MUST_COPY);
  if (!response) return 0;
  MHD_add_response_header(response, "Content-Type", type);
  int queued = MHD_queue_response(connection, status, response) == MHD_YES;
  MHD_destroy_response(response);
  return queued;
}
