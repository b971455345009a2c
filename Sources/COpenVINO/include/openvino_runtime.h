// SPDX-License-Identifier: Apache-2.0
//
// The functions of OpenVINO's C interface that are used, in declarations of our own, found at run
// time: nothing here needs OpenVINO to be built or to be there. Names and types follow the
// interface of its major version 2026; `martlet_openvino_open` refuses others.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ov_core ov_core;
typedef struct ov_model ov_model;
typedef struct ov_compiled_model ov_compiled_model;
typedef struct ov_infer_request ov_infer_request;
typedef struct ov_tensor ov_tensor;
typedef struct ov_port ov_port;

/// 0 is success.
typedef int ov_status;

enum { MARTLET_OV_FLOAT32 = 4, MARTLET_OV_INT32 = 9, MARTLET_OV_INT64 = 10 };

typedef struct { int64_t rank; int64_t *dims; } ov_shape;
typedef struct { int64_t min, max; } ov_dimension;
typedef struct { ov_dimension rank; ov_dimension *dims; } ov_partial_shape;
typedef struct { const char *build, *description; } ov_version;

/// The interface. Functions that make something give it to the caller to free.
typedef struct {
  ov_status (*get_openvino_version)(ov_version *);
  void (*version_free)(ov_version *);
  const char *(*get_last_err_msg)(void);
  void (*free)(const char *);
  ov_status (*core_create)(ov_core **);
  void (*core_free)(ov_core *);
  ov_status (*core_read_model)(const ov_core *, const char *, const char *, ov_model **);
  ov_status (*core_compile_model)(
    const ov_core *, const ov_model *, const char *, size_t, ov_compiled_model **, ...);
  void (*model_free)(ov_model *);
  ov_status (*model_inputs_size)(const ov_model *, size_t *);
  ov_status (*model_outputs_size)(const ov_model *, size_t *);
  ov_status (*model_const_input_by_index)(const ov_model *, size_t, ov_port **);
  ov_status (*model_const_output_by_index)(const ov_model *, size_t, ov_port **);
  ov_status (*model_reshape)(const ov_model *, const char **, const ov_partial_shape *, size_t);
  ov_status (*port_get_any_name)(const ov_port *, char **);
  ov_status (*port_get_element_type)(const ov_port *, int *);
  ov_status (*port_get_partial_shape)(const ov_port *, ov_partial_shape *);
  void (*partial_shape_free)(ov_partial_shape *);
  void (*output_const_port_free)(ov_port *);
  void (*compiled_model_free)(ov_compiled_model *);
  ov_status (*compiled_model_create_infer_request)(const ov_compiled_model *, ov_infer_request **);
  void (*infer_request_free)(ov_infer_request *);
  ov_status (*infer_request_set_input_tensor_by_index)(
    ov_infer_request *, size_t, const ov_tensor *);
  ov_status (*infer_request_get_output_tensor_by_index)(
    const ov_infer_request *, size_t, ov_tensor **);
  ov_status (*infer_request_infer)(ov_infer_request *);
  ov_status (*tensor_create_from_host_ptr)(int, ov_shape, void *, ov_tensor **);
  ov_status (*tensor_get_shape)(const ov_tensor *, ov_shape *);
  ov_status (*tensor_get_size)(const ov_tensor *, size_t *);
  ov_status (*tensor_data)(const ov_tensor *, void **);
  void (*tensor_free)(ov_tensor *);
  ov_status (*shape_free)(ov_shape *);
} martlet_openvino;

/// Opens `path`, libopenvino_c.so, and fills the table; the library is never closed.
/// NULL, or what is wrong, in memory of this thread until its next call.
const char *martlet_openvino_open(const char *path, martlet_openvino *table);

/// Compiles for the processor: latency of single runs, `threads` threads that are not bound to cores,
/// and the numbers' own precision.
ov_status martlet_openvino_compile(
  const martlet_openvino *table, const ov_core *core, const ov_model *model, const char *threads,
  ov_compiled_model **compiled);

#ifdef __cplusplus
}
#endif
