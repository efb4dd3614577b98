// Home: what needs the caller.

import {path} from "./api.js";
import {el} from "./dom.js";
import {elevationItem, link, section} from "./parts.js";
import {endButton} from "./view-elevation.js";

const OVER = ["ended", "denied", "withdrawn", "lapsed"];

async function show(page) {
  const read = async () => ({
    decide: (await page.get(path("elevations"), {mine: "decide", limit: 20})).elevations,
    own: (await page.get(path("elevations"), {requester: "me", limit: 50})).elevations,
  });
  await page.poll(read, ({decide, own}) => {
    const active = own.filter((e) => ["granting", "active", "revoking", "stuck"].includes(e.state));
    const open = own.filter((e) => ["requested", "approved"].includes(e.state));
    page.render(
      list("Mine to decide", decide, "Nothing waits for your decision.", (e) => el("p", {}, el("a", {href: link("decide", e.id)}, "Read and decide ", e.entitlement, " for ", e.requester.name || e.requester.id))),
      list("What I have now", active, "You have no access now.", (e) => ["granting", "active"].includes(e.state) && endButton(page, e)),
      list("What I asked for", open, "No request of yours is open."),
      el("p", {}, el("a", {href: link("ask")}, "Ask for access")),
      list("Over", own.filter((e) => OVER.includes(e.state)).slice(0, 10), "Nothing of yours is over yet."),
    );
  }, 5);
}

function list(heading, all, empty, more) {
  return section(heading, all.length === 0 ? el("p", {class: "empty"}, empty) : el("ul", {class: "list"}, all.map((e) => elevationItem(e, more?.(e)))));
}

export default {name: "home", title: "What needs me", nav: "Home", show};
