// SPDX-License-Identifier: Apache-2.0
//
// Every call into a plugin goes through here. An exception that crosses the line breaks the ABI's
// rule, but catching it costs nothing and keeps the server up.
#include <unistd.h>
#include <cxxabi.h>
#include <exception>
#include "runtime_internal.h"

namespace {
const char thrown[] = "the plugin threw a C++ exception";

template <typename Body>
rp_status guarded(Body body) {
  // A forked child must not go on as a second server: it ends where the call returns.
  static const pid_t process = getpid();
  rp_status status = RP_ERROR;
  try {
    status = body();
  } catch (abi::__forced_unwind &) {
    throw;  // pthread_exit: the C library insists on finishing it
  } catch (const std::exception &error) {
    martlet_set_error(error.what());
  } catch (...) {
    martlet_set_error(thrown);
  }
  if (getpid() != process) _exit(127);
  return status;
}
}  // namespace

extern "C" {
rp_status martlet_guard_create(
  const rp_plugin *plugin, const rp_host *host, rp_string config, void **instance) {
  return guarded([=] { return plugin->create(host, config, instance); });
}

void martlet_guard_destroy(const rp_plugin *plugin, void *instance) {
  guarded([=] { return plugin->destroy(instance), RP_OK; });
}

rp_status martlet_guard_begin(const rp_plugin *plugin, void *instance, rp_query *query) {
  return guarded([=] { return plugin->begin(instance, query); });
}

rp_status martlet_guard_rank(
  const rp_plugin *plugin, void *instance, const rp_query *query, const rp_batch *batch,
  rp_output *output) {
  return guarded([=] { return plugin->rank(instance, query, batch, output); });
}

rp_status martlet_guard_attribute(
  const rp_attributions *extension, void *instance, const rp_query *query, const rp_batch *batch,
  rp_attribution_output *output) {
  return guarded([=] { return extension->attribute(instance, query, batch, output); });
}

const void *martlet_guard_extension(const rp_plugin *plugin, const char *name) {
  const void *extension = nullptr;
  if (plugin->get_extension)
    guarded([&] { return extension = plugin->get_extension(name), RP_OK; });
  return extension;
}

void martlet_guard_end(const rp_plugin *plugin, void *instance, rp_query *query) {
  guarded([=] { return plugin->end(instance, query), RP_OK; });
}
}
