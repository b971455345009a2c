// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "openvino_runtime.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char problem[512];

typedef struct { const char *name; size_t offset; } function;

#define FUNCTION(name) {"ov_" #name, offsetof(martlet_openvino, name)}

static const function functions[] = {
  FUNCTION(get_openvino_version),
  FUNCTION(version_free),
  FUNCTION(get_last_err_msg),
  FUNCTION(free),
  FUNCTION(core_create),
  FUNCTION(core_free),
  FUNCTION(core_read_model),
  FUNCTION(core_compile_model),
  FUNCTION(model_free),
  FUNCTION(model_inputs_size),
  FUNCTION(model_outputs_size),
  FUNCTION(model_const_input_by_index),
  FUNCTION(model_const_output_by_index),
  FUNCTION(model_reshape),
  FUNCTION(port_get_any_name),
  FUNCTION(port_get_element_type),
  FUNCTION(port_get_partial_shape),
  FUNCTION(partial_shape_free),
  FUNCTION(output_const_port_free),
  FUNCTION(compiled_model_free),
  FUNCTION(compiled_model_create_infer_request),
  FUNCTION(infer_request_free),
  FUNCTION(infer_request_set_input_tensor_by_index),
  FUNCTION(infer_request_get_output_tensor_by_index),
  FUNCTION(infer_request_infer),
  FUNCTION(tensor_create_from_host_ptr),
  FUNCTION(tensor_get_shape),
  FUNCTION(tensor_get_size),
  FUNCTION(tensor_data),
  FUNCTION(tensor_free),
  FUNCTION(shape_free),
};

static const char *fail(const char *what, const char *detail) {
  snprintf(problem, sizeof problem, "%s: %s", what, detail ? detail : "no reason given");
  return problem;
}

static const char *check_version(const martlet_openvino *table) {
  ov_version version = {0};
  if (table->get_openvino_version(&version)) return fail("OpenVINO", "it does not tell its version");
  int major = version.build ? atoi(version.build) : 0;
  const char *answer = NULL;
  if (major != 2026) {
    snprintf(problem, sizeof problem, "OpenVINO is version %d, and 2026 is needed", major);
    answer = problem;
  }
  table->version_free(&version);
  return answer;
}

const char *martlet_openvino_open(const char *path, martlet_openvino *table) {
  // Its threads and their destructors may outlive any user: it stays.
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) return fail("cannot open it", dlerror());
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *symbol = dlsym(library, functions[i].name);
    if (!symbol) return fail("it lacks a function", functions[i].name);
    memcpy((char *)table + functions[i].offset, &symbol, sizeof symbol);
  }
  return check_version(table);
}

ov_status martlet_openvino_compile(
  const martlet_openvino *table, const ov_core *core, const ov_model *model, const char *threads,
  ov_compiled_model **compiled) {
  return table->core_compile_model(
    core, model, "CPU", 12, compiled,
    "PERFORMANCE_HINT", "LATENCY", "NUM_STREAMS", "1", "INFERENCE_NUM_THREADS", threads,
    "ENABLE_CPU_PINNING", "NO", "ENABLE_HYPER_THREADING", "YES", "INFERENCE_PRECISION_HINT", "f32");
}
