// What the sessions of an elevation did, by CloudTrail.

import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {code, details, facts, section, table} from "./parts.js";

/**
 * Makes the parts that tell a usage.
 * @param {object} u a Usage
 */
export function usage(u) {
  return section("What was done",
    notices(u),
    facts(
      ["Calls", `${u.events}${u.at_least ? " or more" : ""}`],
      ["Refused by IAM", `${u.denied}`],
      ["Allowed by standing privilege too", `${u.also_standing}`],
      ["After the grant was gone", u.late > 0 && `${u.late}, before IAM enforced it`],
      ["First call", u.first && when(u.first)],
      ["Last call", u.last && when(u.last)],
      ["All log files counted until", u.settled ? when(u.settled) : "not yet: only what EventBridge brought is known"],
    ),
    names("Actions", u.actions), names("Actions that IAM refused", u.denials), names("Resources", u.resources, u.unknown_resources), names("Addresses", u.sources),
    names("Sessions that it opened and that last longer", u.outlive), sessions(u.sessions),
    u.unobservable.length > 0 && details("unobservable", `${u.unobservable.length} actions that CloudTrail shows only where data events are logged`, el("p", {}, list(u.unobservable))),
  );
}

function notices(u) {
  return [
    u.gaps > 0 && el("p", {class: "notice warn"}, `EventBridge did not bring ${u.gaps} calls. The log files have them.`),
    u.incomplete && el("p", {class: "notice bad"}, "Log files lack calls that EventBridge brought. Somebody may have changed them."),
  ];
}

function names(caption, t, unknown = 0) {
  if (t.names.length === 0) {
    return undefined;
  }
  const more = (t.more ?? 0) + unknown;
  return [
    table(caption, ["Name", "Calls", "First", "Last"], t.names.map((n) => [code(n.name), `${n.events}`, when(n.first), when(n.last)])),
    more > 0 && el("p", {class: "small"}, `And ${more} calls with names that are not listed.`),
  ];
}

function sessions(all) {
  return all.length > 0 && table("Sessions, and who opened them", ["Session", "Opened by", "Opened", "Calls"], all.map((s) => [
    code(s.session), [value(s.who || s.kind), s.who && el("small", {}, ` ${s.kind}`), s.hops > 0 && `, ${s.hops} sessions between`, s.provisional && " (its record may still come)"],
    s.opened ? when(s.opened) : "not known", `${s.events}`,
  ]));
}

function list(all) {
  return all.map((a, i) => [i > 0 && ", ", code(a)]);
}
