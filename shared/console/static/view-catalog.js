// Catalog: what is in force, and what waits for a signature.

import {path} from "./api.js";
import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {code, confirm, facts, section} from "./parts.js";

async function show(page) {
  const c = await page.get(path("catalog"));
  page.render(
    facts(["In force (SHA-256)", code(c.in_force)], ["Newest", code(c.newest)], ["Newest seen", c.seen_at && when(c.seen_at)]),
    c.waits ? waiting(page, c) : el("p", {class: "notice"}, "Nothing waits for a signature."),
  );
}

function waiting(page, c) {
  return section("Waits for a signature",
    el("p", {class: "notice warn"}, "The newest catalog allows more than the one in force. It is not used until a second person signs it."),
    el("ul", {}, c.changes.map((change) => el("li", {}, value(change)))),
    c.more_changes > 0 && el("p", {}, `And ${c.more_changes} more: see "curfew catalog diff".`),
    page.button("Sign the catalog", async () => {
      const yes = await confirm("Sign the newest catalog", [el("p", {}, code(c.newest)), el("p", {}, "It is in force from then on.")], "Sign", {reason: "needed"});
      if (yes !== undefined) {
        await page.api.post(path("catalog", "signature"), {catalog: c.newest, note: yes.reason});
        page.say("The catalog is signed.");
        await show(page);
      }
    }, {kind: "primary", id: "sign"}));
}

export default {name: "catalog", title: "Catalog", nav: "Catalog", for: (me) => me.operator === true, show};
