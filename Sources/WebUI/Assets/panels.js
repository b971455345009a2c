// SPDX-License-Identifier: Apache-2.0
// The two panels beside the results, one product and "why this order": open as the state says.

import {byId, icon, put} from "./dom.js";
import {showExplain} from "./explain.js";
import {showProduct} from "./product.js";

/** Keeps the panels with the state. */
export class Panels {
  /** `closed(field)` is called when the shopper closes the panel of a state's field. */
  constructor(closed) {
    this.request = new AbortController();
    for (const [dialog, field] of [[byId("product"), "product"], [byId("explain"), "why"]]) {
      const close = dialog.querySelector("[data-close]");
      put(close, icon("close"));
      close.addEventListener("click", () => dialog.close());
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
      dialog.addEventListener("close", () => closed(field));
    }
  }

  /** Opens, fills and closes; the reasons are those of `answer` and begin with the hit `id`. */
  show(state, catalogue, answer, id, openProduct) {
    this.request.abort();
    this.request = new AbortController();
    const {signal} = this.request;
    if (toggle(byId("product"), state.product !== "")) {
      showProduct(byId("product"), catalogue, state.product, openProduct, signal);
    }
    if (toggle(byId("explain"), state.why)) {
      showExplain(byId("explain"), catalogue, state, answer, id);
    }
  }
}

function toggle(dialog, isOpen) {
  if (isOpen && !dialog.open) dialog.showModal();
  if (!isOpen && dialog.open) dialog.close();
  if (isOpen) dialog.querySelector(".panel-body").scrollTop = 0;
  return isOpen;
}
