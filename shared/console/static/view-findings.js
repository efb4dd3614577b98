// Findings: what should not be.

import {path} from "./api.js";
import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {below, chosen, filters} from "./filter.js";
import {badge, caller, code, confirm, facts, link, pages, principal, section} from "./parts.js";

const CHOICES = [
  {name: "state", label: "State", of: ["open,acknowledged", "open", "acknowledged", "closed", ""], first: "open,acknowledged"},
  {name: "severity", label: "Severity, at least", of: ["", "low", "medium", "high", "critical"]},
  {name: "kind", label: "Kind"},
  {name: "principal", label: "Principal (ARN)"},
  {name: "account", label: "Account"},
];

async function list(page) {
  const filter = chosen(page, CHOICES);
  await below(page, [filters(page, "findings", CHOICES)], async () => section("Findings", await pages(page, async (cursor) => {
    const got = await page.get(path("findings"), {...filter, cursor});
    return {items: got.findings, next: got.next_cursor};
  }, findingItem, "No finding matches. Choose the state “all” to see closed ones.")));
}

/** @param {object} f a Finding: one line of a list */
export function findingItem(f) {
  return el("li", {class: "card"},
    el("p", {class: "head"}, badge(f.severity), " ", badge(f.state), " ", el("a", {href: link("finding", f.id)}, value(f.what))),
    el("p", {}, code(f.kind), f.principal && [": ", principal(f.principal)]),
    el("p", {class: "small"}, f.count > 1 ? `Seen ${f.count} times, last ` : "Seen ", when(f.last_at)));
}

async function one(page, id) {
  const read = () => page.get(path("findings", id));
  const draw = (f) => {
    page.title(`Finding: ${f.kind}`);
    page.render(
      el("p", {class: "head"}, badge(f.severity), " ", badge(f.state)),
      section("What was found", el("p", {}, value(f.what)), about(f)),
      section("Why it matters", el("p", {}, value(f.why))),
      section("What to do now", el("p", {}, value(f.do)), acts(page, f, async () => draw(await read()))),
      section("Events", f.events.length === 0 ? el("p", {class: "empty"}, "It was not found by an event of CloudTrail.") : [
        el("p", {}, `Ids in CloudTrail of ${f.event_count > f.events.length ? `the first ${f.events.length} of ${f.event_count}` : "its"} events:`),
        el("ul", {}, f.events.map((e) => el("li", {}, code(e)))),
      ]),
    );
  };
  await page.poll(read, draw, 10);
}

function about(f) {
  return facts(
    ["Subject", value(f.subject)],
    ["Principal", f.principal && principal(f.principal)],
    ["Account", f.account && code(f.account)],
    ["Elevation", f.elevation && el("a", {href: link("elevation", f.elevation)}, f.elevation)],
    ["First seen", when(f.first_at)],
    ["Last seen", when(f.last_at)],
    ["Seen", f.count === 1 ? "once" : `${f.count} times`],
    ["Operators were paged", f.paged_at && when(f.paged_at)],
    ["Acknowledged", f.acknowledged && act(f.acknowledged)],
    [f.state === "closed" ? "Closed" : "Was closed before", f.closed && act(f.closed)],
  );
}

function act(a) {
  return [when(a.at), " by ", caller({id: a.by, name: a.name, kind: "person"}), a.why && [": ", value(a.why)]];
}

function acts(page, f, redraw) {
  const change = async (what, heading, children, label, reason) => {
    const yes = await confirm(heading, children, label, {reason});
    if (yes !== undefined) {
      await page.api.post(path("findings", f.id, what), {reason: yes.reason || undefined});
      page.say(`The finding is ${what === "close" ? "closed" : "acknowledged"}.`);
      await redraw();
    }
  };
  return [
    f.state === "open" && page.button("Acknowledge", () => change("acknowledge", "Acknowledge this finding", [el("p", {}, "You say that you look into it. It stays until somebody closes it, and pages no more.")], "Acknowledge", "may"), {kind: "primary", id: "acknowledge"}),
    f.state !== "closed" && page.button("Close", () => change("close", "Close this finding", [el("p", {}, "Say what was done. If it occurs again, it opens again.")], "Close", "needed"), {id: "close"}),
  ];
}

const operators = (me) => me.operator === true;

export default {name: "findings", title: "Findings", nav: "Findings", for: operators, show: list};
/** One finding, by its id. */
export const finding = {name: "finding", title: "Finding", show: one};
