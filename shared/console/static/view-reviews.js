// Reviews: what a second person must sign after the end.

import {path} from "./api.js";
import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {below, chosen, filters} from "./filter.js";
import {badge, binding, caller, code, confirm, decider, details, elevationItem, facts, link, pages, policyText, principal, section, table, task} from "./parts.js";
import {usage} from "./usage.js";
import {findingItem} from "./view-findings.js";

const CHOICES = [
  {name: "mine", label: "Whose", of: ["sign", ""], first: "sign", hint: "sign: those that you may sign"},
  {name: "state", label: "State", of: ["", "overdue"]},
];

async function list(page) {
  await below(page, [filters(page, "reviews", CHOICES)], async () => section("Reviews that are due", await pages(page, async (cursor) => {
    const got = await page.get(path("reviews"), {...chosen(page, CHOICES), cursor});
    return {items: got.reviews, next: got.next_cursor};
  }, item, "No review waits for a signature. Choose “all” to see those that others must sign.")));
}

function item(r) {
  return elevationItem(r,
    el("p", {}, r.overdue && [el("strong", {}, "Overdue"), ". "], "Sign by ", when(r.due_by)),
    el("p", {}, el("a", {href: link("review", r.id)}, "Read and sign the review of ", r.entitlement, " by ", r.requester.name || r.requester.id)));
}

async function one(page, id) {
  const r = await page.get(path("elevations", id, "review"));
  page.title(`Review of ${r.entitlement}`);
  page.render(
    head(r),
    usage(r.usage),
    section("What it was allowed to do", r.allowed.length === 0 ? el("p", {class: "empty"}, "Nothing was granted.") :
      table("Allowed actions", ["Action", "Use", "Calls"], r.allowed.map((a) => [code(a.action), [a.use, a.hidden > 0 && `; ${a.hidden} actions are shown only by data events`], `${a.calls}`]))),
    r.policies.length > 0 && details("policies", "The granted policies", r.policies.map(policyText)),
    section("Who decided", r.decisions.length === 0 ? el("p", {class: "empty"}, "Policy alone decided.") :
      el("ul", {}, r.decisions.map((d) => el("li", {}, d.decision, " by ", decider(d), " ", when(d.at), d.reason && [": ", value(d.reason)])))),
    section("Findings about it", r.findings.length === 0 ? el("p", {class: "empty"}, "None.") : el("ul", {class: "list"}, r.findings.map(findingItem)),
      r.more_findings && el("p", {}, "There are more.")),
    section("Signature", signature(page, r)),
  );
}

function head(r) {
  return [
    r.complete ? undefined : el("p", {class: "notice warn"}, "The log files until the end are not all counted yet. More may have been done than is shown."),
    el("p", {class: "head"}, badge(r.state), " ", el("a", {href: link("elevation", r.id)}, "Elevation ", r.id)),
    facts(
      ["Principal", principal(r.principal)], ["Requester", caller(r.requester)], ["Task", task(r.task)], ["Reason", value(r.reason)], ["Session", binding(r.session)],
      ["Break-glass", r.break_glass && "yes: no approval was needed"], ["Granted", r.granted_at && when(r.granted_at)], ["Ended", r.ended_at && when(r.ended_at)], ["Cause of the end", r.cause],
    ),
  ];
}

function signature(page, r) {
  if (r.review.signed_by) {
    return el("p", {}, "Signed by ", code(r.review.signed_by), " ", when(r.review.signed_at), ": ", value(r.review.note));
  }
  if (!r.due) {
    return el("p", {}, r.due_by ? "It need not be signed." : "It can be signed when the elevation is over.");
  }
  return [
    el("p", {}, "One of ", r.review.reviewers.map((g, i) => [i > 0 && ", ", code(g)]), " signs by ", when(r.due_by), ", and not the requester."),
    page.button("Sign the review", async () => {
      const yes = await confirm("Sign this review", [el("p", {}, "You say that you have read what was done. Write what you found.")], "Sign", {reason: "needed"});
      if (yes !== undefined) {
        await page.api.post(path("elevations", r.id, "review"), {note: yes.reason});
        page.say("The review is signed.");
        await one(page, r.id);
      }
    }, {kind: "primary", id: "sign"}),
  ];
}

export default {name: "reviews", title: "Reviews", nav: "Reviews", show: list};
/** One review, by its id. */
export const review = {name: "review", title: "Review", show: one};
