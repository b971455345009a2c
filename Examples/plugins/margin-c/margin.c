// SPDX-License-Identifier: Apache-2.0
//
// Lifts what earns more: a score grows by `weight` times the product's margin (0...1). Products
// out of stock leave the first places: their score is halved.
//
// Configuration: {"weight": 0.5}. Columns: the numbers "margin" and "stock".
#include <ranking_plugin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN, STOCK };
enum { LIFTED = 1, SOLD_OUT = 2 };

typedef struct {
  const rp_host *host;
  double weight;
} margin;

static rp_string text(const char *zero_terminated) {
  rp_string string = {zero_terminated, strlen(zero_terminated)};
  return string;
}

static rp_status fail(const rp_host *host, const char *reason) {
  host->set_error(host->context, reason, strlen(reason));
  return RP_ERROR;
}

static rp_status create(const rp_host *host, rp_string config, void **instance) {
  // A configuration this small needs no JSON parser.
  char copy[256] = {0};
  memcpy(copy, config.data, config.size < sizeof copy ? config.size : sizeof copy - 1);
  const char *key = "\"weight\":", *found = strstr(copy, key);
  double weight = found ? strtod(found + strlen(key), NULL) : 0.5;
  if (!(weight >= 0 && weight <= 10)) return fail(host, "the weight must be from 0 to 10");
  if (host->request_column(host->context, text("margin"), RP_COLUMN_NUMBER) != MARGIN ||
      host->request_column(host->context, text("stock"), RP_COLUMN_NUMBER) != STOCK)
    return fail(host, "a column was refused");
  margin *self = host->allocate(host->context, sizeof *self);
  if (!self) return fail(host, "out of memory");
  *self = (margin){host, weight};
  *instance = self;
  return RP_OK;
}

static void destroy(void *instance) {
  margin *self = instance;
  self->host->release(self->host->context, self);
}

static rp_status rank(
  void *instance, const rp_query *query, const rp_batch *batch, rp_output *output) {
  const margin *self = instance;
  const double *margins = batch->columns[MARGIN]->numbers, *stock = batch->columns[STOCK]->numbers;
  for (uint32_t i = 0; i < batch->count; i++) {
    if (i % 64 == 0 && RP_CANCELLED(query)) {
      output->count = i;
      return RP_PARTIAL;
    }
    if (!isnan(margins[i]) && margins[i] > 0) {
      output->scores[i] *= 1 + self->weight * fmin(margins[i], 1);
      output->reasons[i] = LIFTED;
    }
    if (stock[i] <= 0) {
      output->scores[i] /= 2;
      output->reasons[i] = SOLD_OUT;
    }
  }
  return RP_OK;
}

const rp_plugin *ranking_plugin_entry(void) {
  static const rp_reason reasons[] = {{LIFTED, 0, "lifted for its margin"},
                                      {SOLD_OUT, 0, "lowered because it is sold out"}};
  static const rp_plugin plugin = {
    .struct_size = sizeof plugin, .magic = RP_MAGIC,
    .abi_major = RP_ABI_MAJOR, .abi_minor = RP_ABI_MINOR,
    .id = "org.martlet.margin", .version = "1.0.0", .threads = RP_THREADS_CONCURRENT,
    .reasons = reasons, .reason_count = 2,
    .create = create, .destroy = destroy, .rank = rank};
  return &plugin;
}
