// Health: what needs an operator.

import {path} from "./api.js";
import {now} from "./clock.js";
import {el} from "./dom.js";
import {elevationItem, link, section} from "./parts.js";
import {findingItem} from "./view-findings.js";

async function read(page) {
  const [findings, stuck, ending, reviews, campaigns, suspensions, catalog, accounts] = await Promise.all([
    page.get(path("findings"), {state: "open", limit: 200}),
    page.get(path("elevations"), {state: "stuck", limit: 200}),
    page.get(path("elevations"), {state: "revoking", limit: 200}),
    page.get(path("reviews"), {state: "overdue", limit: 200}),
    page.get(path("campaigns"), {state: "overdue", limit: 200}),
    page.get(path("suspensions")),
    page.get(path("catalog")),
    page.get(path("accounts")),
  ]);
  return {findings, stuck, ending, reviews, campaigns, suspensions, catalog, accounts};
}

async function show(page) {
  await page.poll(() => read(page), (h) => page.render(
    el("ul", {class: "tiles"}, tiles(h)),
    h.stuck.elevations.length > 0 && section("Stuck: access remains until AWS lets it be removed", el("ul", {class: "list"}, h.stuck.elevations.map((e) => elevationItem(e)))),
    section("Open findings", h.findings.findings.length === 0 ? el("p", {class: "empty"}, "None.") : el("ul", {class: "list"}, h.findings.findings.slice(0, 10).map(findingItem)),
      h.findings.findings.length > 10 && el("p", {}, el("a", {href: link("findings")}, "See all findings"))),
  ), 10);
}

function tiles(h) {
  const late = h.ending.elevations.filter((e) => Date.parse(e.end_due) < now() - 60000);
  const more = (got, n) => `${n}${got.next_cursor ? " or more" : ""}`;
  const grave = h.findings.findings.filter((f) => f.severity === "critical" || f.severity === "high").length;
  return [
    tile("Findings open", more(h.findings, h.findings.findings.length), grave > 0 ? "bad" : "on", `${grave} are high or critical`, link("findings")),
    tile("Stuck elevations", more(h.stuck, h.stuck.elevations.length), h.stuck.elevations.length > 0 ? "bad" : "on", "AWS refuses the removal"),
    tile("Ends overdue by a minute", more(h.ending, late.length), late.length > 0 ? "bad" : "on", `${h.ending.elevations.length} are ending`),
    tile("Reviews overdue", more(h.reviews, h.reviews.reviews.length), h.reviews.reviews.length > 0 ? "wait" : "on", "not signed in time", `${link("reviews")}?mine=&state=overdue`),
    tile("Standing privilege overdue", more(h.campaigns, h.campaigns.items.length), h.campaigns.items.length > 0 ? "wait" : "on", "not answered in time", `${link("campaigns")}?state=overdue`),
    tile("Suspensions in effect", `${h.suspensions.suspensions.filter((s) => s.holds).length}`, h.suspensions.suspensions.some((s) => s.holds) ? "wait" : "on", "new access is denied", link("end")),
    tile("Catalog", h.catalog.waits ? "waits for a signature" : "in force", h.catalog.waits ? "wait" : "on", h.catalog.in_force.slice(0, 12), link("catalog")),
    tile("Accounts", `${h.accounts.accounts.filter((a) => a.state === "member").length}`, "on", `${h.accounts.accounts.filter((a) => a.state === "leaving").length} leave`, link("accounts")),
  ];
}

function tile(name, number, kind, note, to) {
  return el("li", {class: `tile ${kind}`}, el("p", {class: "number"}, number), el("p", {}, to ? el("a", {href: to}, name) : name), el("p", {class: "small"}, note));
}

export default {name: "health", title: "Health", nav: "Health", for: (me) => me.operator === true, show};
