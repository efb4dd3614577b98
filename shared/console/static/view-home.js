// Home: what needs the caller.

import {path} from "./api.js";
import {el} from "./dom.js";
import {elevationItem, section} from "./parts.js";

async function show(page) {
  const read = async () => ({
    decide: (await page.get(path("elevations"), {mine: "decide", limit: 20})).elevations,
    own: (await page.get(path("elevations"), {requester: "me", limit: 20})).elevations,
  });
  await page.poll(read, ({decide, own}) => page.render(
    list("Mine to decide", decide, "Nothing waits for your decision."),
    list("My requests", own, "You have asked for nothing yet."),
  ), 5);
}

function list(heading, all, empty) {
  return section(heading, all.length === 0 ? el("p", {class: "empty"}, empty) : el("ul", {class: "list"}, all.map((e) => elevationItem(e))));
}

export default {name: "home", title: "What needs me", nav: "Home", show};
