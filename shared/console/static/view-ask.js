// Ask: what the caller may request, and a form that shows what would happen before it asks.

import {path} from "./api.js";
import {duration, when} from "./clock.js";
import {el, replace, value} from "./dom.js";
import {badge, binding, code, details, facts, field, link, policyText, section} from "./parts.js";
import {approval, difference, hints} from "./terms.js";

async function list(page) {
  const all = (await page.get(path("entitlements"))).entitlements;
  page.render(section("What you may ask for", all.length === 0 ? el("p", {class: "empty"}, "There is nothing that you may ask for. Ask the owners of an entitlement to name you or a group of yours.") :
    el("ul", {class: "list"}, all.map((e) => el("li", {class: "card"},
      el("p", {class: "head"}, el("a", {href: link("ask", e.name)}, value(e.name)), e.break_glass && [" ", badge("break-glass")]),
      el("p", {}, value(e.about)),
      el("p", {class: "small"}, `At most ${duration(e.max_seconds)}; approval: `, approval(e.approval), "; for ", e.tasks.map((t, i) => [i > 0 && ", ", t.kind])))))));
}

async function one(page, name) {
  const e = await page.get(path("entitlements", name));
  const before = await prefill(page);
  page.title(`Ask for ${e.name}`);
  const answer = el("div", {role: "status"});
  const fields = makeFields(e, before);
  page.keep(() => `${link("ask", name)}?${fields.draft()}`);
  const form = el("form", {on: {submit: (event) => event.preventDefault(), input: () => replace(answer)}}, fields.rows,
    page.button("Show what would happen", async () => {
      const body = fields.read();
      replace(answer, await trial(page, body, before));
      answer.querySelector("h2")?.scrollIntoView({block: "nearest"});
    }, {kind: "primary", id: "try", submits: true}));
  page.render(el("p", {}, value(e.about)), about(e), before.renews && el("p", {class: "notice"}, "This goes on with ", el("a", {href: link("elevation", before.renews)}, before.renews), " after its deadline, with a new decision."),
    section("Your request", form), answer);
}

function about(e) {
  return facts(
    ["Approval", approval(e.approval)], ["Usable by", binding({bind: e.session, value: "", weak: e.weak})], ["At most", duration(e.max_seconds)], ["Until", e.until && when(e.until)],
    ["MFA", e.mfa && "needs a sign-in with MFA"], ["Heartbeat", e.heartbeat_seconds && `ends ${duration(e.heartbeat_seconds)} after the last one`],
    ["Break-glass", e.break_glass && "granted at once, announced, and reviewed by a second person"],
    ["Budgets", e.budgets?.length > 0 && e.budgets.map((b, i) => [i > 0 && "; ", `${b.minutes} min per ${b.per} in ${duration(b.in_seconds)}`, b.left_minutes !== undefined && `, ${b.left_minutes} left`])],
    ["Policy", details("catalog-policy", "As the catalog has it", policyText(e.policy))]);
}

// What the address asks for: a renewal takes all from the elevation before it.
async function prefill(page) {
  const q = page.query;
  const renews = q.get("renews");
  if (renews) {
    const d = await page.get(path("elevations", renews));
    return {renews, principal: d.principal, kind: d.task.kind, task: d.task.id, reason: q.get("reason") ?? d.reason, minutes: q.get("minutes") ?? Math.max(1, Math.floor(d.duration_seconds / 60)), parameters: d.terms.parameters, session: d.session?.value};
  }
  const parameters = {};
  for (const [key, v] of q) {
    if (key.startsWith("param.")) {
      parameters[key.slice("param.".length)] = v;
    }
  }
  return {principal: q.get("principal") ?? "", kind: q.get("kind") ?? "", task: q.get("task") ?? "", reason: q.get("reason") ?? "", minutes: q.get("minutes") ?? undefined, start: q.get("start") ?? "", parameters};
}

function text(v, more = {}) {
  return el("input", {type: "text", value: v ?? "", autocomplete: "off", spellcheck: "false", required: true, ...more});
}

function makeFields(e, before) {
  const exact = e.principals.filter((p) => !/[*?]/.test(p));
  const fixed = before.renews !== undefined;
  const c = {
    principal: text(before.principal || (exact.length === 1 && e.principals.length === 1 ? exact[0] : ""), {list: "principals", readonly: fixed, maxlength: "2048"}),
    kind: el("select", {disabled: fixed}, e.tasks.map((t) => el("option", {value: t.kind, selected: t.kind === before.kind}, t.kind, t.known && " (only if its start was seen)"))),
    task: text(before.task, {readonly: fixed, maxlength: "850"}),
    reason: el("textarea", {rows: "3", maxlength: "500", required: true}, before.reason ?? ""),
    minutes: el("input", {type: "number", min: "1", max: String(Math.max(1, Math.floor(e.max_seconds / 60))), step: "1", value: String(before.minutes ?? Math.max(1, Math.floor(e.max_seconds / 60))), required: true}),
    start: text(before.start, {required: false, placeholder: "2026-12-31T09:00:00Z", maxlength: "20"}),
  };
  const parameters = Object.keys(e.parameters).sort().map((name) => ({name, type: e.parameters[name], control: text(before.parameters[name] ?? "", {readonly: fixed, maxlength: "2048"})}));
  const rows = [
    field("principal", "Principal", c.principal, `The ARN of a role or user, like ${e.principals.join(" or ")}`), el("datalist", {id: "principals"}, exact.map((p) => el("option", {value: p}))),
    field("kind", "Kind of task", c.kind), field("task", "Task", c.task, "Its id, such as CHG-1042. The access ends with it."),
    parameters.map((p) => field(`param-${p.name}`, p.name, p.control, p.type)),
    field("reason-asked", "Reason", c.reason, "For those who decide, in words that they know."),
    field("minutes", "Minutes", c.minutes, `At most ${duration(e.max_seconds)}, from the grant.`),
    !fixed && details("later", "Start later", field("start", "Not before", c.start, "In UTC. Empty: now.")),
  ];
  const read = () => {
    for (const control of [c.principal, c.task, ...parameters.map((p) => p.control), c.reason, c.minutes]) {
      if (!control.checkValidity()) {
        control.focus();
        throw new Error(`${control.labels[0]?.textContent ?? "A field"}: ${control.validationMessage}`);
      }
    }
    return {
      entitlement: e.name, principal: c.principal.value.trim(), task: {kind: c.kind.value, id: c.task.value.trim()}, reason: c.reason.value.trim(), duration_seconds: Number(c.minutes.value) * 60,
      parameters: Object.fromEntries(parameters.map((p) => [p.name, p.control.value.trim()])), start_at: c.start.value.trim() || undefined,
      renews: before.renews, session: before.session || undefined,
    };
  };
  const draft = () => new URLSearchParams([["renews", before.renews], ["principal", c.principal.value], ["kind", c.kind.value], ["task", c.task.value], ["reason", c.reason.value],
    ["minutes", c.minutes.value], ["start", c.start.value], ...parameters.map((p) => [`param.${p.name}`, p.control.value])].filter(([, v]) => v));
  return {rows, read, draft};
}

async function trial(page, body) {
  const t = await page.api.post(path("trials"), body);
  const key = crypto.randomUUID(); // one request, however often the button is pressed
  return section(t.allowed ? "This is what you would ask for" : "It would be refused",
    t.why && el("p", {class: "notice bad"}, value(t.why)),
    t.reasons.length > 0 && el("p", {class: "small"}, t.allowed ? "Allowed by: " : "Refused by: ", t.reasons.map((r, i) => [i > 0 && ", ", code(r)])),
    facts(["Approval", approval(t.approval)], ["Decided at the latest", t.approval.need > 0 && t.decide_by && when(t.decide_by)], ["Usable by", binding(t.session)], ["Attached as", t.form],
      ["Size", t.size > 0 && `${t.size} characters${t.room ? ` of ${t.room.inline} that are left` : ""}`]),
    t.allowed && difference(t.difference), hints(t.says),
    t.policies.map((p, i) => details(`trial-policy-${i}`, `Policy ${i + 1} of ${t.policies.length}`, policyText(p))),
    t.allowed && page.button("Ask for it", async () => {
      const e = await page.api.post(path("elevations"), body, key);
      page.say("Asked.");
      location.hash = link("elevation", e.id);
    }, {kind: "primary", id: "ask"}));
}

export default {name: "ask", title: "Ask for access", nav: "Ask", show: (page, name) => (name === undefined ? list(page) : one(page, name))};
