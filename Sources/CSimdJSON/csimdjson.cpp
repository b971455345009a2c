// SPDX-License-Identifier: Apache-2.0
#include "csimdjson.h"

#include <simdjson.h>

#include <new>
#include <vector>

struct martlet_json_parser {
  simdjson::dom::parser parser;
  std::vector<martlet_json_node> nodes;
};

namespace {

// The recursion is as deep as simdjson allowed the document to be, 64 levels here.
void flatten(std::vector<martlet_json_node> &nodes, simdjson::dom::element element) {
  using simdjson::dom::element_type;
  const size_t at = nodes.size();
  martlet_json_node node = {};
  switch (element.type()) {
    case element_type::NULL_VALUE: node.kind = MARTLET_JSON_NULL; break;
    case element_type::BOOL:
      node.kind = bool(element) ? MARTLET_JSON_TRUE : MARTLET_JSON_FALSE;
      break;
    case element_type::INT64:
      node.kind = MARTLET_JSON_INTEGER;
      node.value.integer = int64_t(element);
      break;
    case element_type::UINT64:
      node.kind = MARTLET_JSON_DOUBLE;
      node.value.number = double(uint64_t(element));
      break;
    case element_type::DOUBLE:
      node.kind = MARTLET_JSON_DOUBLE;
      node.value.number = double(element);
      break;
    case element_type::STRING: {
      std::string_view text = std::string_view(element);
      node.kind = MARTLET_JSON_STRING;
      node.count = uint32_t(text.size());
      node.value.string = text.data();
      break;
    }
    case element_type::ARRAY: {
      node.kind = MARTLET_JSON_ARRAY;
      nodes.push_back(node);
      uint32_t count = 0;
      for (simdjson::dom::element child : simdjson::dom::array(element)) {
        flatten(nodes, child);
        count++;
      }
      nodes[at].count = count;
      nodes[at].next = uint32_t(nodes.size());
      return;
    }
    case element_type::OBJECT: {
      node.kind = MARTLET_JSON_OBJECT;
      nodes.push_back(node);
      uint32_t count = 0;
      for (simdjson::dom::key_value_pair pair : simdjson::dom::object(element)) {
        martlet_json_node key = {};
        key.kind = MARTLET_JSON_STRING;
        key.count = uint32_t(pair.key.size());
        key.next = uint32_t(nodes.size() + 1);
        key.value.string = pair.key.data();
        nodes.push_back(key);
        flatten(nodes, pair.value);
        count++;
      }
      nodes[at].count = count;
      nodes[at].next = uint32_t(nodes.size());
      return;
    }
  }
  node.next = uint32_t(at + 1);
  nodes.push_back(node);
}

}  // namespace

martlet_json_parser *martlet_json_parser_create(void) {
  return new (std::nothrow) martlet_json_parser();
}

void martlet_json_parser_free(martlet_json_parser *parser) { delete parser; }

const char *martlet_json_parse(
    martlet_json_parser *parser, const uint8_t *bytes, size_t length, uint32_t depth,
    const martlet_json_node **nodes, size_t *count) {
  try {
    if (length + 1 > parser->parser.capacity() || parser->parser.max_depth() != depth) {
      auto error = parser->parser.allocate(length + 1, depth);
      if (error) return simdjson::error_message(error);
    }
    simdjson::dom::element root;
    auto error = parser->parser.parse(bytes, length, true).get(root);
    if (error) return simdjson::error_message(error);
    parser->nodes.clear();
    flatten(parser->nodes, root);
    *nodes = parser->nodes.data();
    *count = parser->nodes.size();
    return nullptr;
  } catch (const std::exception &) {
    return "Out of memory while parsing.";
  }
}
