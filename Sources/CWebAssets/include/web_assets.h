// SPDX-License-Identifier: Apache-2.0
//
// The web page's files as bytes of the binary.
#pragma once
#include <stddef.h>

/// One file.
struct martlet_asset {
  /// Its name below Sources/WebUI/Assets.
  const char *name;
  const unsigned char *bytes;
  size_t size;
};

/// All files, in no order; sets their number.
const struct martlet_asset *martlet_assets(size_t *count);
