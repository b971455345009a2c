// SPDX-License-Identifier: Apache-2.0
#include "plugin_templates.h"
#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"
#define TEXT(name) static const char name[]

TEXT(header) = {
#embed "../CRankingPlugin/include/ranking_plugin.h" suffix(, 0)
};
TEXT(c_source) = {
#embed "templates/plugin.c.txt" suffix(, 0)
};
TEXT(c_build) = {
#embed "templates/build-c.txt" suffix(, 0)
};
TEXT(swift_source) = {
#embed "templates/plugin.swift.txt" suffix(, 0)
};
TEXT(swift_build) = {
#embed "templates/build-swift.txt" suffix(, 0)
};
TEXT(kit_plugin) = {
#embed "../RankingPluginKit/RankingPlugin.swift" suffix(, 0)
};
TEXT(kit_host) = {
#embed "../RankingPluginKit/PluginHost.swift" suffix(, 0)
};
TEXT(kit_query) = {
#embed "../RankingPluginKit/PluginQuery.swift" suffix(, 0)
};
TEXT(kit_candidates) = {
#embed "../RankingPluginKit/PluginCandidates.swift" suffix(, 0)
};
TEXT(kit_attributions) = {
#embed "../RankingPluginKit/AttributionOutput.swift" suffix(, 0)
};
TEXT(kit_export) = {
#embed "../RankingPluginKit/Export.swift" suffix(, 0)
};

static const martlet_template c_files[] = {
  {"NAME.c", c_source}, {"build", c_build}, {"sdk/ranking_plugin.h", header}, {0}};

static const martlet_template swift_files[] = {
  {"NAME.swift", swift_source},
  {"build", swift_build},
  {"sdk/ranking_plugin.h", header},
  {"sdk/module.modulemap", "module CRankingPlugin { header \"ranking_plugin.h\" export * }\n"},
  {"sdk/RankingPlugin.swift", kit_plugin},
  {"sdk/PluginHost.swift", kit_host},
  {"sdk/PluginQuery.swift", kit_query},
  {"sdk/PluginCandidates.swift", kit_candidates},
  {"sdk/AttributionOutput.swift", kit_attributions},
  {"sdk/Export.swift", kit_export},
  {0}};

const martlet_template *martlet_templates(const char *language) {
  if (!strcmp(language, "c")) return c_files;
  return strcmp(language, "swift") ? NULL : swift_files;
}
