// Delegations: who decides in the stead of an approver who is away.

import {path} from "./api.js";
import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {badge, caller, code, confirm, facts, field, section} from "./parts.js";

async function show(page) {
  const all = (await page.get(path("delegations"))).delegations;
  const of = all.filter((d) => d.of.id === page.me.id);
  const to = all.filter((d) => d.to === page.me.id && !of.includes(d));
  const others = all.filter((d) => !of.includes(d) && !to.includes(d));
  page.render(
    list(page, "Who decides in my stead", of, "You named no delegate."),
    list(page, "In whose stead I may decide", to, "No one named you."),
    others.length > 0 && list(page, "Of others", others),
    name(page));
}

function list(page, heading, all, empty) {
  return section(heading, all.length === 0 ? el("p", {class: "empty"}, empty) : el("ul", {class: "list"}, all.map((d) => item(page, d))));
}

function item(page, d) {
  return el("li", {class: "card"},
    el("p", {class: "head"}, badge(d.in_force ? "in force" : "not in force"), " ", caller({id: d.to, name: d.to_name, kind: "person"}), " in the stead of ", caller(d.of)),
    facts(["From", when(d.from)], ["Until", when(d.until)], ["Reason", value(d.reason)], ["Made", when(d.at)],
      ["Ended early", d.ended_at && [when(d.ended_at), " by ", code(d.ended_by), d.ended_reason && [": ", value(d.ended_reason)]]]),
    !d.ended_at && (d.of.id === page.me.id || page.me.operator) && page.button(`End the delegation to ${d.to_name || d.to}`, async () => {
      const yes = await confirm("End this delegation", [el("p", {}, value(d.to_name || d.to), " no longer decides in the stead of ", value(d.of.name || d.of.id), ".")], "End it", {reason: "may"});
      if (yes !== undefined) {
        await page.api.post(path("delegations", "end"), {delegation: d.id, of: d.of.id === page.me.id ? undefined : d.of.id, reason: yes.reason || undefined});
        await show(page);
        page.say("The delegation is ended.");
      }
    }, {id: `end-${d.id}`}));
}

function name(page) {
  const to = el("input", {type: "text", maxlength: "1000", autocomplete: "off", spellcheck: "false"});
  const from = el("input", {type: "text", maxlength: "25", autocomplete: "off", placeholder: "2026-12-24T09:00:00Z"});
  const until = el("input", {type: "text", maxlength: "25", autocomplete: "off", placeholder: "2026-12-31T09:00:00Z"});
  const reason = el("input", {type: "text", maxlength: "500", autocomplete: "off"});
  return section("Name a delegate", el("p", {}, "Approvers can. The delegate decides where you would be asked, under every rule that holds for you, and not about their own requests."),
    field("delegate", "Person", to, "Their name or id. They must have asked or decided here once."),
    field("delegate-from", "From", from, "In UTC. Empty: now."), field("delegate-until", "Until", until, "In UTC, at most 30 days later."), field("delegate-reason", "Reason", reason),
    page.button("Name the delegate", async () => {
      const wrong = [[to, "Person"], [until, "Until"], [reason, "Reason"]].find(([control]) => control.value.trim() === "");
      if (wrong !== undefined) {
        wrong[0].focus();
        throw new Error(`${wrong[1]} is needed.`);
      }
      await page.api.post(path("delegations"), {to: to.value.trim(), from: from.value.trim() || undefined, until: until.value.trim(), reason: reason.value.trim()});
      await show(page);
      page.say("The delegate is named.");
    }, {kind: "primary", id: "name"}));
}

/**
 * Tells in whose stead the caller may decide. It does not fail: the API decides.
 * @param {import("./page.js").Page} page
 */
export async function inMyStead(page) {
  const all = await page.get(path("delegations")).then((got) => got.delegations ?? [], () => []);
  const to = all.filter((d) => d.to === page.me.id && d.in_force);
  return to.length > 0 && el("div", {class: "notice"}, el("p", {}, "If you are not asked yourself, your decision counts in the stead of one who is away:"),
    el("ul", {}, to.map((d) => el("li", {}, "for ", caller(d.of), ", away until ", when(d.until)))));
}

export default {name: "delegations", title: "Delegations", nav: "Delegations", for: (me) => me.kind === "person", show};
