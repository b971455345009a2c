// SPDX-License-Identifier: Apache-2.0
// Tells the server what this visit's shopper opened, so that ranking and suggestions learn from it.
// The visit's random name stands for the shopper; a browser that asks not to be tracked is not.

import {post, sessionID} from "./client.js";

let isOn = !(navigator.globalPrivacyControl || navigator.doNotTrack === "1");

/** Tells of an event, such as a click on the product at a position of a search's results. */
export function tell(type, details) {
  if (!isOn) return;
  const data = Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== undefined && value !== ""));
  post("/analytics/events", {
    event_type: type,
    data: {...data, user_id: sessionID(), session_id: sessionID()},
  }).catch((error) => {
    // A server that takes no events, or not these, is asked once only.
    if (error.status >= 400 && error.status < 500) isOn = false;
  });
}
