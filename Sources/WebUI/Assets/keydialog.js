// SPDX-License-Identifier: Apache-2.0
// Asks for the API key, on both pages.

import {getKey, setKey} from "./client.js";
import {byId, icon, put} from "./dom.js";

/** Wires the dialog; `ready()` is called with a new key in place. */
export function wireKeyDialog(ready) {
  put(byId("key-button"), icon("key"));
  byId("key-button").addEventListener("click", () => askForKey());
  byId("key-form").addEventListener("submit", () => {
    setKey(byId("key-input").value.trim());
    ready();
  });
}

/** Opens the dialog, with the reason where a key was refused. */
export function askForKey(problem = "") {
  const dialog = byId("key");
  byId("key-error").textContent = problem;
  byId("key-error").hidden = !problem;
  byId("key-input").value = getKey();
  if (!dialog.open) dialog.showModal();
  byId("key-input").select();
}
