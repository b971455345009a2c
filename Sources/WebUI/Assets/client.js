// SPDX-License-Identifier: Apache-2.0
// Talks to the server that served the page. The key lives in this tab's session storage only.

const KEY = "martlet.key";

/** A request that failed: `status` is 0 where no answer came. */
export class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Takes `#key=…` out of the address, so that no key is bookmarked; gives what else is there. */
export function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  if (fragment.has("key")) {
    setKey(fragment.get("key"));
    fragment.delete("key");
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return fragment;
}

export const getKey = () => sessionStorage.getItem(KEY) ?? "";
export const setKey = (key) => sessionStorage.setItem(KEY, key);

/** A random name for this tab's visit, which ties its searches together. */
export function sessionID() {
  let id = sessionStorage.getItem("martlet.session");
  if (!id) {
    id = Array
           .from(crypto.getRandomValues(new Uint8Array(12)),
             (byte) => byte.toString(16).padStart(2, "0"))
           .join("");
    sessionStorage.setItem("martlet.session", id);
  }
  return id;
}

async function send(path, options) {
  const headers = {"X-TYPESENSE-API-KEY": getKey()};
  let response;
  try {
    response = await fetch(path, {...options, headers, cache: "no-store"});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server cannot be reached: see whether it is running.");
  }
  if (response.ok) return response;
  const text = await response.text();
  let message = text;
  try {
    const answer = JSON.parse(text);
    message = answer.message ?? answer.resource_error ?? text;
  } catch {
    // Not JSON: the text is the message.
  }
  throw new Problem(response.status, message || `The server answered ${response.status}.`);
}

const withQuery = (path, parameters = {}) => {
  const given =
    Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
};

/** Parsed JSON of a GET. */
export async function get(path, parameters, signal) {
  return (await send(withQuery(path, parameters), {signal})).json();
}

/** Plain text of a GET. */
export async function getText(path, signal) { return (await send(path, {signal})).text(); }

/** Parsed JSON of a POST. */
export async function post(path, body, signal) {
  return (await send(path, {method: "POST", body: JSON.stringify(body), signal})).json();
}

/** As `get`, but null where the server has no such route or refuses it to this key. */
export async function getOptional(path, parameters, signal) {
  try {
    return await get(path, parameters, signal);
  } catch (error) {
    if ([400, 401, 403, 404, 501].includes(error.status)) return null;
    throw error;
  }
}
