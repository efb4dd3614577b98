// What is decided on: the terms, and what the grant adds.

import {duration, when} from "./clock.js";
import {el, value} from "./dom.js";
import {binding, caller, code, details, facts, link, policyText, principal, section, task} from "./parts.js";

/**
 * Shows the terms.
 * @param {object} t of readTerms
 */
export function termsFacts(t) {
  return facts(
    ["Who asks", caller(t.requester)],
    ["Task", task(t.task)],
    ["Reason", value(t.reason)],
    ["Entitlement", code(t.entitlement)],
    ["Principal", t.principal && principal(t.principal.arn)],
    ["Its unique id", t.principal && code(t.principal.id)],
    ["Usable by", binding(t.session)],
    ["For", `${duration(t.duration_seconds)} from the grant`],
    ["Not before", when(t.start_at)],
    ["Ends at the latest", when(t.latest_end)],
    ["Heartbeat", t.heartbeat_seconds && `it ends ${duration(t.heartbeat_seconds)} after the last one`],
    ["Parameters", parameters(t.parameters)],
    ["Approval", approval(t.approval)],
    ["Break-glass", t.break_glass && "granted at once, reviewed afterwards"],
    ["Renews", t.renews && el("a", {href: link("elevation", t.renews)}, t.renews)],
    ["Owners", list(t.owners)],
    ["Catalog", code(t.catalog)],
  );
}

function parameters(all) {
  const names = Object.keys(all ?? {}).sort();
  return names.length > 0 && names.map((name, i) => [i > 0 && ", ", code(`${name}=${all[name]}`)]);
}

function list(all) {
  return (all ?? []).map((one, i) => [i > 0 && ", ", code(one)]);
}

/** @param {{need: number, of: string[], mfa_within_seconds?: number, then?: object[]} | undefined} a in words */
export function approval(a) {
  if (!a || a.need === 0) {
    return "none: policy alone decides";
  }
  return [`${a.need} of `, list(a.of), a.mfa_within_seconds > 0 && `, signed in with MFA within the last ${duration(a.mfa_within_seconds)}`,
    (a.then ?? []).map((step) => [`; after ${duration(step.after_seconds)} also `, list(step.of)])];
}

/** @param {object} t of readTerms: the policies to grant */
export function policies(t) {
  return (t.policies ?? []).map((p, i) => details(`policy-${i}`, `Policy ${i + 1} of ${t.policies.length}, as it is attached`, policyText(p)));
}

/** @param {string[] | undefined} says hints for approvers */
export function hints(says) {
  return says?.length > 0 && section("What to know", el("ul", {}, says.map((s) => el("li", {}, value(s)))));
}

/**
 * Shows what the grant adds to what the principal has today.
 * @param {object | undefined} d a Difference; undefined: the caller is not told
 */
export function difference(d) {
  if (d === undefined) {
    return section("What it adds", el("p", {}, "What this adds to what the principal has today is shown to those who decide, sign, own or operate, and to who may ask before they ask."));
  }
  return section("What it adds to what the principal has today",
    el("p", {class: "risk"}, `Risk ${d.risk} of 10`, el("meter", {min: "0", max: "10", low: "4", high: "7", optimum: "0", value: String(d.risk), "aria-hidden": "true"})),
    d.reasons.length > 0 && el("ul", {}, d.reasons.map((r) => el("li", {}, value(r)))),
    d.unknown && el("p", {class: "notice warn"}, "The principal's policies are not known, so everything counts as new: ", value(d.unknown)),
    el("p", {}, value(d.line)),
    d.lines.length > 0 && el("ul", {}, d.lines.map((l) => el("li", {}, value(l)))),
    d.risky.length > 0 && [el("h3", {}, "Risky actions"), el("ul", {}, d.risky.map((r) => el("li", {}, el("strong", {}, r.kind), ` (${r.count}): `, value(r.does), ". ",
      r.actions.slice(0, 5).map((a, i) => [i > 0 && ", ", code(a)]), r.count > 5 && ` and ${r.count - 5} more`)))],
    d.refused > 0 && el("p", {}, `The principal's boundary or a Deny refuses ${d.refused} of the actions.`),
    el("p", {class: "small"}, "Compared with its own policies as a survey last saw them: ", when(d.seen_at), ". SCPs, RCPs and policies of resources are not known. Hash ", code(d.hash)));
}
