// SPDX-License-Identifier: Apache-2.0
//
// Embeds the files of Sources/WebUI/Assets with C23's #embed, which costs no compile time: as Swift
// array literals (SwiftPM's embedInCode) the same bytes took 20 seconds of every clean build.

#include "web_assets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bars_js[] = {
#embed "../WebUI/Assets/bars.js"
};
static const unsigned char base_css[] = {
#embed "../WebUI/Assets/base.css"
};
static const unsigned char cards_js[] = {
#embed "../WebUI/Assets/cards.js"
};
static const unsigned char catalogue_js[] = {
#embed "../WebUI/Assets/catalogue.js"
};
static const unsigned char client_js[] = {
#embed "../WebUI/Assets/client.js"
};
static const unsigned char dom_js[] = {
#embed "../WebUI/Assets/dom.js"
};
static const unsigned char events_js[] = {
#embed "../WebUI/Assets/events.js"
};
static const unsigned char explain_js[] = {
#embed "../WebUI/Assets/explain.js"
};
static const unsigned char facets_js[] = {
#embed "../WebUI/Assets/facets.js"
};
static const unsigned char format_js[] = {
#embed "../WebUI/Assets/format.js"
};
static const unsigned char icon_svg[] = {
#embed "../WebUI/Assets/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../WebUI/Assets/index.html"
};
static const unsigned char keydialog_js[] = {
#embed "../WebUI/Assets/keydialog.js"
};
static const unsigned char notices_js[] = {
#embed "../WebUI/Assets/notices.js"
};
static const unsigned char operations_css[] = {
#embed "../WebUI/Assets/operations.css"
};
static const unsigned char operations_html[] = {
#embed "../WebUI/Assets/operations.html"
};
static const unsigned char operations_js[] = {
#embed "../WebUI/Assets/operations.js"
};
static const unsigned char panels_css[] = {
#embed "../WebUI/Assets/panels.css"
};
static const unsigned char panels_js[] = {
#embed "../WebUI/Assets/panels.js"
};
static const unsigned char picture_js[] = {
#embed "../WebUI/Assets/picture.js"
};
static const unsigned char pictures_css[] = {
#embed "../WebUI/Assets/pictures.css"
};
static const unsigned char plot_js[] = {
#embed "../WebUI/Assets/plot.js"
};
static const unsigned char product_js[] = {
#embed "../WebUI/Assets/product.js"
};
static const unsigned char prometheus_js[] = {
#embed "../WebUI/Assets/prometheus.js"
};
static const unsigned char range_js[] = {
#embed "../WebUI/Assets/range.js"
};
static const unsigned char search_js[] = {
#embed "../WebUI/Assets/search.js"
};
static const unsigned char searchbox_css[] = {
#embed "../WebUI/Assets/searchbox.css"
};
static const unsigned char shop_css[] = {
#embed "../WebUI/Assets/shop.css"
};
static const unsigned char shop_js[] = {
#embed "../WebUI/Assets/shop.js"
};
static const unsigned char spelling_js[] = {
#embed "../WebUI/Assets/spelling.js"
};
static const unsigned char state_js[] = {
#embed "../WebUI/Assets/state.js"
};
static const unsigned char suggest_js[] = {
#embed "../WebUI/Assets/suggest.js"
};
static const unsigned char suggestions_js[] = {
#embed "../WebUI/Assets/suggestions.js"
};
static const unsigned char theme_css[] = {
#embed "../WebUI/Assets/theme.css"
};
static const unsigned char tiles_js[] = {
#embed "../WebUI/Assets/tiles.js"
};

#define ASSET(file, symbol) {file, symbol, sizeof(symbol)}

static const struct martlet_asset assets[] = {
    ASSET("bars.js", bars_js),
    ASSET("base.css", base_css),
    ASSET("cards.js", cards_js),
    ASSET("catalogue.js", catalogue_js),
    ASSET("client.js", client_js),
    ASSET("dom.js", dom_js),
    ASSET("events.js", events_js),
    ASSET("explain.js", explain_js),
    ASSET("facets.js", facets_js),
    ASSET("format.js", format_js),
    ASSET("icon.svg", icon_svg),
    ASSET("index.html", index_html),
    ASSET("keydialog.js", keydialog_js),
    ASSET("notices.js", notices_js),
    ASSET("operations.css", operations_css),
    ASSET("operations.html", operations_html),
    ASSET("operations.js", operations_js),
    ASSET("panels.css", panels_css),
    ASSET("panels.js", panels_js),
    ASSET("picture.js", picture_js),
    ASSET("pictures.css", pictures_css),
    ASSET("plot.js", plot_js),
    ASSET("product.js", product_js),
    ASSET("prometheus.js", prometheus_js),
    ASSET("range.js", range_js),
    ASSET("search.js", search_js),
    ASSET("searchbox.css", searchbox_css),
    ASSET("shop.css", shop_css),
    ASSET("shop.js", shop_js),
    ASSET("spelling.js", spelling_js),
    ASSET("state.js", state_js),
    ASSET("suggest.js", suggest_js),
    ASSET("suggestions.js", suggestions_js),
    ASSET("theme.css", theme_css),
    ASSET("tiles.js", tiles_js),
};

const struct martlet_asset *martlet_assets(size_t *count) {
  *count = sizeof(assets) / sizeof(assets[0]);
  return assets;
}
