// Mine to decide: the list, and one request with all that a decision is about.

import {Problem, path, wantsStepUp} from "./api.js";
import {countdown, duration, now, when} from "./clock.js";
import {el, replace, value} from "./dom.js";
import {badge, code, decider, elevationItem, field, link, pages, problemBox, section} from "./parts.js";
import {difference, hints, policies, termsFacts} from "./terms.js";
import {inMyStead} from "./view-delegations.js";
import {readTerms, readTimeline} from "./verify.js";

async function list(page) {
  const found = await pages(page, async (cursor) => {
    const got = await page.get(path("elevations"), {mine: "decide", cursor});
    return {items: got.elevations, next: got.next_cursor};
  }, (e) => elevationItem(e, el("p", {}, el("a", {href: link("decide", e.id)}, "Read and decide ", e.entitlement, " for ", e.requester.name || e.requester.id))),
  "Nothing waits for your decision.");
  page.render(section("Requests", found));
}

async function one(page, id) {
  const at = path("elevations", id);
  const d = await page.get(at);
  const [{terms, wrong}, timeline] = [await readTerms(d), await readTimeline(d)];
  const stead = d.state === "requested" && await inMyStead(page);
  const changed = el("div", {role: "status"});
  const bad = wrong ?? timeline.wrong ?? (d.evidence.state === "verified" ? undefined : d.evidence.why ?? d.evidence.state);
  page.title(`Decide: ${d.entitlement}`);
  page.render(changed,
    el("p", {class: "head"}, badge(d.state), " ", d.state === "requested" && ["Decide within ", countdown(d.decide_by, "0:00, which is over"), ", until ", when(d.decide_by), ". "],
      el("a", {href: link("elevation", d.id)}, "All of it, with its timeline")),
    bad && el("p", {class: "notice bad", role: "alert"}, el("strong", {}, "Do not decide. "), "Tell an operator: ", value(bad), "."),
    d.withdrew_requests > 0 && el("p", {class: "notice warn"}, `The requester withdrew ${d.withdrew_requests} requests in this hour.`),
    terms && section("What is asked", termsFacts(terms)),
    difference(d.difference), hints(d.terms.says),
    terms && section("The policies", policies(terms)),
    section("Decisions", decisions(d)),
    section("Your decision", bad ? el("p", {}, "It cannot be made here.") : [stead, form(page, d, terms)]),
    el("p", {class: "small"}, "Digest of these terms, computed here: ", code(d.digest)));
  watch(page, at, d, changed);
}

// What is being read stays as it is: a change is told, and the reader draws it.
function watch(page, at, first, place) {
  const same = (d) => JSON.stringify([d.state, d.digest, d.decisions, d.difference?.hash]);
  const shown = same(first);
  page.poll(() => page.get(at), (d) => {
    if (same(d) !== shown && place.childElementCount === 0) {
      const what = d.state !== first.state ? `It is ${d.state} now.` : "What it adds, or its decisions, changed.";
      replace(place, el("p", {class: "notice warn"}, what), page.button("Show it as it is now", () => one(page, first.id), {id: "again"}));
    }
  }, 10).catch((e) => page.signal.aborted || replace(place, problemBox(e)));
}

function decisions(d) {
  return d.decisions.length === 0 ? el("p", {class: "empty"}, "No one has decided yet.") :
    el("ul", {}, d.decisions.map((c) => el("li", {}, el("strong", {}, c.decision), " by ", decider(c), ", ", when(c.at), c.reason && [": ", value(c.reason)])));
}

function form(page, d, terms) {
  if (d.state !== "requested") {
    return el("p", {}, `It is ${d.state}: there is nothing to decide.`);
  }
  if (terms.requester.id === page.me.id) {
    return el("p", {}, "You asked for it yourself. Another person decides.");
  }
  const mine = d.decisions.filter((c) => c.by.id === page.me.id).at(-1);
  const reason = el("textarea", {rows: "3", maxlength: "500"});
  const refusal = el("div", {role: "alert"});
  const send = (decision) => decide(page, d, {decision, digest: decision === "withdraw" ? undefined : d.digest, reason: reason.value.trim() || undefined,
    seen: decision === "approve" ? d.difference?.hash : undefined}, refusal);
  const approved = mine?.decision === "approve";
  const told = /^[0-9a-f]{64}$/.test(d.difference?.hash ?? ""); // an approval names what was shown
  return [
    approved && el("p", {class: "notice good"}, "You approved it ", when(mine.at), ". Until enough have approved, you can withdraw that, or deny."),
    old(page.me, terms.approval) && el("div", {class: "notice warn"}, el("p", {}, "To approve you need a sign-in with MFA within the last ", duration(terms.approval.mfa_within_seconds), "."), again(page)),
    field("reason", "Reason", reason, "Needed to deny. Kept in the evidence, and shown to the requester."),
    el("div", {class: "row"},
      approved ? page.button("Withdraw my approval", () => send("withdraw"), {id: "withdraw"}) :
        !told ? el("p", {class: "notice warn"}, "It cannot be approved here: you are not shown what it adds.") : page.button("Approve", () => send("approve"), {kind: "primary", id: "approve"}),
      page.button("Deny", async () => {
        if (reason.value.trim() === "") {
          reason.focus();
          throw new Error("Write a reason: the requester reads it.");
        }
        await send("deny");
      }, {kind: "danger", id: "deny"})), refusal];
}

async function decide(page, d, body, refusal) {
  replace(refusal);
  try {
    await page.api.post(path("elevations", d.id, "decisions"), body);
  } catch (e) {
    if (wantsStepUp(e)) {
      replace(refusal, el("div", {class: "notice warn"}, el("p", {}, value(e.message)), again(page)));
      return;
    }
    if (e instanceof Problem && e.status === 409) {
      e.message += " Nothing was decided.";
    }
    throw e;
  }
  page.say({approve: "Approved.", deny: "Denied.", withdraw: "Your approval is withdrawn."}[body.decision]);
  await one(page, d.id);
}

function again(page) {
  return page.button("Sign in again with MFA", page.stepUp, {kind: "primary", id: "step-up"});
}

// The API decides; this only spares a refusal.
function old(me, approval) {
  const within = approval?.mfa_within_seconds ?? 0;
  return within > 0 && (!me.mfa || me.mfa_at === undefined || now() - Date.parse(me.mfa_at) > within * 1000);
}

export default {name: "decide", title: "Mine to decide", nav: "Decide", show: (page, id) => (id === undefined ? list(page) : one(page, id))};
