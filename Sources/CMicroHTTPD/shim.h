// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot say of libmicrohttpd: variable arguments, and enums whose names it drops.
#pragma once
#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <string.h>

/// As MHD_AccessHandlerCallback, with 1 for MHD_YES and 0 for MHD_NO.
typedef int (*martlet_mhd_handler)(
    void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state);
typedef void (*martlet_mhd_completed)(
    void *context, struct MHD_Connection *connection, void **state, int reason);
/// `change` is 0 for a new connection and 1 for one that is about to be closed.
typedef void (*martlet_mhd_connected)(
    void *context, struct MHD_Connection *connection, void **state, int change);
_Static_assert(
    MHD_CONNECTION_NOTIFY_STARTED == 0 && MHD_CONNECTION_NOTIFY_CLOSED == 1, "as said above");
typedef int (*martlet_mhd_each)(void *context, int kind, const char *key, const char *value);

/// As gnutls_certificate_retrieve_function2.
typedef int (*martlet_mhd_certificate)(
    gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
    const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **chain,
    unsigned int *count, gnutls_privkey_t *key);

/// Leaves escapes alone: the path must be split before they are decoded.
static size_t martlet_mhd_keep(void *context, struct MHD_Connection *connection, char *text) {
  (void)context, (void)connection;
  return strlen(text);
}

struct martlet_mhd_options {
  const struct sockaddr *address;
  unsigned int threads, idle_seconds, connections;
  martlet_mhd_handler handler;
  martlet_mhd_completed completed;
  martlet_mhd_connected connected;
  void *context;
  /// Gives the certificate to a handshake, or NULL for no TLS.
  martlet_mhd_certificate certificate;
};

static inline struct MHD_Daemon *martlet_mhd_start(const struct martlet_mhd_options *o) {
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)o->certificate},
      {MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  if (o->certificate) flags |= MHD_USE_TLS;
  if (o->address->sa_family == AF_INET6) flags |= MHD_USE_IPv6 | MHD_USE_DUAL_STACK;
  return MHD_start_daemon(
      flags, 0, NULL, NULL, (MHD_AccessHandlerCallback)(void *)o->handler, o->context,
      MHD_OPTION_SOCK_ADDR, o->address, MHD_OPTION_THREAD_POOL_SIZE, o->threads,
      MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds, MHD_OPTION_CONNECTION_LIMIT, o->connections,
      MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_NOTIFY_COMPLETED,
      (MHD_RequestCompletedCallback)(void *)o->completed, o->context, MHD_OPTION_NOTIFY_CONNECTION,
      (MHD_NotifyConnectionCallback)(void *)o->connected, o->context, MHD_OPTION_UNESCAPE_CALLBACK,
      martlet_mhd_keep, NULL, MHD_OPTION_ARRAY, o->certificate ? tls : none, MHD_OPTION_END);
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

static inline int martlet_mhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

/// Writes the client's address as text.
static inline void martlet_mhd_client(
    struct MHD_Connection *connection, char *text, unsigned int size) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *address = info ? info->client_addr : NULL;
  text[0] = 0;
  if (!address) return;
  if (address->sa_family == AF_INET)
    inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text, size);
  else if (address->sa_family == AF_INET6)
    inet_ntop(
        AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text, size);
}

/// Gives the bytes of a stream: how many were written, or -1 at the end, or -2 on an error.
typedef ssize_t (*martlet_mhd_reader)(void *context, uint64_t position, char *bytes, size_t size);
typedef void (*martlet_mhd_free)(void *context);

static inline struct MHD_Response *martlet_mhd_stream(
    martlet_mhd_reader reader, martlet_mhd_free release, void *context) {
  return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1 << 16, reader, context, release);
}

static inline struct MHD_Response *martlet_mhd_bytes(const void *body, size_t length) {
  return MHD_create_response_from_buffer(length, (void *)body, MHD_RESPMEM_MUST_COPY);
}

static inline void martlet_mhd_add_header(
    struct MHD_Response *response, const char *name, const char *value) {
  MHD_add_response_header(response, name, value);
}

/// Queues the response and lets go of it.
static inline int martlet_mhd_answer(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response) {
  int queued = MHD_queue_response(connection, status, response) == MHD_YES;
  MHD_destroy_response(response);
  return queued;
}

static inline int martlet_mhd_has_tls(void) {
  return MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES;
}
