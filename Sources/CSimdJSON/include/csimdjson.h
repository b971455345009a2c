// SPDX-License-Identifier: Apache-2.0
//
// simdjson behind a C face: a parse gives one flat array of nodes in document order.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  MARTLET_JSON_NULL = 0,
  MARTLET_JSON_FALSE = 1,
  MARTLET_JSON_TRUE = 2,
  MARTLET_JSON_INTEGER = 3,
  MARTLET_JSON_DOUBLE = 4,
  MARTLET_JSON_STRING = 5,
  MARTLET_JSON_ARRAY = 6,
  MARTLET_JSON_OBJECT = 7,
};

/// One value. An object's children alternate: key (a string), value.
typedef struct {
  uint32_t kind;
  /// For a string its bytes; for an array or object its elements or pairs.
  uint32_t count;
  /// The index just after this node and all that is in it.
  uint32_t next;
  uint32_t unused;
  union {
    int64_t integer;
    double number;
    const char *string;
  } value;
} martlet_json_node;

typedef struct martlet_json_parser martlet_json_parser;

martlet_json_parser *martlet_json_parser_create(void);
void martlet_json_parser_free(martlet_json_parser *parser);

/// Parses one document of at most `depth` nested levels. On success returns NULL and sets the nodes,
/// which stay valid until the next call; on failure returns a message of static duration.
const char *martlet_json_parse(
    martlet_json_parser *parser, const uint8_t *bytes, size_t length, uint32_t depth,
    const martlet_json_node **nodes, size_t *count);

#ifdef __cplusplus
}
#endif
