// Elevations: a list with filters. With an id it is that elevation: messages link to it so.

import {path} from "./api.js";
import {el} from "./dom.js";
import {below, chosen, filters} from "./filter.js";
import {elevationItem, pages, section} from "./parts.js";
import elevation from "./view-elevation.js";

const CHOICES = [
  {name: "state", label: "State", of: ["", "requested", "approved", "granting,active", "active,revoking,stuck", "ended", "denied,withdrawn,lapsed"]},
  {name: "requester", label: "Requester (id)", first: "me", hint: "me: you; empty: all that you may see"},
  {name: "principal", label: "Principal (ARN)"},
  {name: "entitlement", label: "Entitlement"},
  {name: "account", label: "Account"},
];

async function list(page) {
  const filter = chosen(page, CHOICES);
  if (Object.values(filter).every((v) => v === "")) {
    filter.state = "requested,approved,granting,active,revoking,stuck"; // without a filter the API lists the caller's own
  }
  const yours = page.query.size === 0 && el("p", {}, "Yours, in all states.");
  await below(page, [filters(page, "elevations", CHOICES)], async () => section("Elevations, newest first", yours, await pages(page, async (cursor) => {
    const got = await page.get(path("elevations"), {...filter, cursor});
    return {items: got.elevations, next: got.next_cursor};
  }, (e) => elevationItem(e), "No elevation matches. Choose another state, or clear the requester to see those of others.")));
}

export default {name: "elevations", title: "Elevations", nav: "Elevations", show: (page, id) => (id === undefined ? list(page) : elevation.show(page, id))};
