// SPDX-License-Identifier: Apache-2.0
//
// The golden layout of ABI major version 1 on 64-bit machines. These lines are never edited: a
// failure means that plugins already built would break. New fields get new lines.
#include "ranking_plugin.h"

#define AT(type, field, offset) \
  _Static_assert(offsetof(type, field) == (offset), #type "." #field " moved")
#define SIZE(type, size) _Static_assert(sizeof(type) >= (size), #type " shrank")
#define FROZEN(type, size) _Static_assert(sizeof(type) == (size), #type " is frozen")

FROZEN(rp_string, 16);
AT(rp_string, data, 0);
AT(rp_string, size, 8);
SIZE(rp_column, 48);
AT(rp_column, struct_size, 0);
AT(rp_column, kind, 4);
AT(rp_column, numbers, 8);
AT(rp_column, strings, 16);
AT(rp_column, starts, 24);
AT(rp_column, vectors, 32);
AT(rp_column, dimension, 40);
AT(rp_column, reserved, 44);
SIZE(rp_shopper, 96);
AT(rp_shopper, struct_size, 0);
AT(rp_shopper, reserved, 4);
AT(rp_shopper, key, 8);
AT(rp_shopper, session_items, 24);
AT(rp_shopper, session_weights, 32);
AT(rp_shopper, session_count, 40);
AT(rp_shopper, profile_items, 48);
AT(rp_shopper, profile_weights, 56);
AT(rp_shopper, profile_count, 64);
AT(rp_shopper, interests, 72);
AT(rp_shopper, interest_weights, 80);
AT(rp_shopper, interest_count, 88);
SIZE(rp_query, 96);
AT(rp_query, struct_size, 0);
AT(rp_query, reserved, 4);
AT(rp_query, deadline_ns, 8);
AT(rp_query, cancel, 16);
AT(rp_query, unix_time_ms, 24);
AT(rp_query, text, 32);
AT(rp_query, tokens, 48);
AT(rp_query, token_count, 56);
AT(rp_query, collection, 64);
AT(rp_query, shopper, 80);
AT(rp_query, state, 88);
SIZE(rp_batch, 72);
AT(rp_batch, struct_size, 0);
AT(rp_batch, count, 4);
AT(rp_batch, first, 8);
AT(rp_batch, total, 12);
AT(rp_batch, documents, 16);
AT(rp_batch, ids, 24);
AT(rp_batch, scores, 32);
AT(rp_batch, recall_scores, 40);
AT(rp_batch, recall_positions, 48);
AT(rp_batch, columns, 56);
AT(rp_batch, column_count, 64);
AT(rp_batch, reserved, 68);
SIZE(rp_output, 40);
AT(rp_output, struct_size, 0);
AT(rp_output, count, 4);
AT(rp_output, scores, 8);
AT(rp_output, drops, 16);
AT(rp_output, pins, 24);
AT(rp_output, reasons, 32);
SIZE(rp_host, 96);
AT(rp_host, struct_size, 0);
AT(rp_host, abi_minor, 4);
AT(rp_host, context, 8);
AT(rp_host, log, 16);
AT(rp_host, allocate, 24);
AT(rp_host, release, 32);
AT(rp_host, now, 40);
AT(rp_host, set_error, 48);
AT(rp_host, state_get, 56);
AT(rp_host, state_set, 64);
AT(rp_host, metric, 72);
AT(rp_host, request_column, 80);
AT(rp_host, get_extension, 88);
FROZEN(rp_reason, 16);
AT(rp_reason, code, 0);
AT(rp_reason, reserved, 4);
AT(rp_reason, text, 8);
SIZE(rp_plugin, 104);
AT(rp_plugin, struct_size, 0);
AT(rp_plugin, magic, 4);
AT(rp_plugin, abi_major, 8);
AT(rp_plugin, abi_minor, 12);
AT(rp_plugin, id, 16);
AT(rp_plugin, version, 24);
AT(rp_plugin, threads, 32);
AT(rp_plugin, needs, 36);
AT(rp_plugin, reasons, 40);
AT(rp_plugin, reason_count, 48);
AT(rp_plugin, create, 56);
AT(rp_plugin, destroy, 64);
AT(rp_plugin, begin, 72);
AT(rp_plugin, rank, 80);
AT(rp_plugin, end, 88);
AT(rp_plugin, get_extension, 96);
SIZE(rp_attribution_output, 56);
AT(rp_attribution_output, struct_size, 0);
AT(rp_attribution_output, count, 4);
AT(rp_attribution_output, candidates, 8);
AT(rp_attribution_output, capacity, 16);
AT(rp_attribution_output, feature_count, 20);
AT(rp_attribution_output, names, 24);
AT(rp_attribution_output, values, 32);
AT(rp_attribution_output, baseline, 40);
AT(rp_attribution_output, samples, 48);
AT(rp_attribution_output, reserved, 52);
SIZE(rp_attributions, 16);
AT(rp_attributions, struct_size, 0);
AT(rp_attributions, reserved, 4);
AT(rp_attributions, attribute, 8);
