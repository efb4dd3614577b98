// Who could make a call at an instant, by elevations and by standing privilege.

import {path} from "./api.js";
import {now, when} from "./clock.js";
import {el, value} from "./dom.js";
import {below, chosen, filters} from "./filter.js";
import {badge, binding, caller, link, pages, principal, section, task} from "./parts.js";

const CHOICES = [
  {name: "action", label: "Action", hint: "such as s3:GetObject"},
  {name: "resource", label: "Resource", hint: "an ARN, or * for an action without one"},
  {name: "at", label: "At (UTC)", hint: "such as 2026-11-30T12:00:00Z; empty: now"},
  {name: "principal", label: "Principal (ARN)"},
  {name: "account", label: "Or account", hint: "empty: the resource's"},
];

async function show(page) {
  const form = filters(page, "could", CHOICES, "Ask");
  const asked = chosen(page, CHOICES);
  const intro = el("p", {}, "Lists the elevations whose grant allowed a call at an instant, as IAM's evaluator answers from the stored policies.");
  if (asked.action === "") {
    page.render(intro, form);
    return;
  }
  page.render(intro, form, el("p", {}, "Asking…"));
  const at = asked.at || new Date(now() - 1000).toISOString().replace(/\.\d+Z$/, "Z");
  await below(page, [intro, form], async () => section("Elevations that allowed it", await pages(page, async (cursor) => {
    const got = await page.get(path("audit", "could"), {...asked, at, cursor});
    return {items: got.powers, next: got.next_cursor};
  }, power, "No elevation that you may see allowed it then.")));
}

function power(p) {
  return el("li", {class: "card"},
    el("p", {class: "head"}, badge(p.answer), " ", el("a", {href: link("elevation", p.elevation)}, value(p.entitlement)), " on ", principal(p.principal)),
    el("p", {}, "for ", caller(p.requester), ", ", task(p.task)),
    p.session && el("p", {}, binding(p.session)),
    el("p", {}, "It allowed this between ", when(p.from), " and ", when(p.until)),
    p.approvers.length > 0 && el("p", {}, "approved by ", p.approvers.map((a, i) => [i > 0 && ", ", caller(a)])),
    p.why.length > 0 && el("p", {}, "Not known: ", p.why.map((w, i) => [i > 0 && "; ", value(w)])),
    el("p", {class: "small"}, "The principal's own policies: ", p.standing, p.standing_why && [", ", value(p.standing_why)]));
}

export default {name: "could", title: "Who could", show};
