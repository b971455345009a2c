// SPDX-License-Identifier: Apache-2.0
//
// The files of a new plugin, carried in the program so that an author needs no source tree.
#pragma once

typedef struct {
  /// The file's place in the plugin's directory.
  const char *path;
  const char *text;
} martlet_template;

/// The files for "c" or "swift", up to one whose path is NULL; NULL for another language.
const martlet_template *martlet_templates(const char *language);
