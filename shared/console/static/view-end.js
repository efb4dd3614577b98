// The red button: end many elevations at once, and deny new ones.

import {path} from "./api.js";
import {when} from "./clock.js";
import {el, replace, value} from "./dom.js";
import {badge, caller, code, confirm, facts, field, link, section} from "./parts.js";

const SCOPES = [["principal", "one principal"], ["requester", "one requester"], ["entitlement", "one entitlement"], ["everything", "everything"]];
const MOST_PAGES = 1000;

// scopeForm makes the chooser of a scope.
function scopeForm(prefix, verb) {
  const kind = el("select", {}, SCOPES.map(([v, label]) => el("option", {value: v}, label)));
  const name = el("input", {type: "text", autocomplete: "off", spellcheck: "false", maxlength: "600"});
  const box = field(`${prefix}-name`, `Name of what to ${verb}`, name, "an ARN, an id, or a name that only one has");
  kind.addEventListener("change", () => {
    box.hidden = kind.value === "everything";
  });
  return {
    parts: [field(`${prefix}-kind`, `What to ${verb}`, kind), box],
    scope: () => kind.value === "everything" ? {everything: true} : {[kind.value]: name.value.trim()},
  };
}

/** @param {object} s a scope, with the name of its caller */
function scopeText(s) {
  const [kind] = SCOPES.find(([k]) => s[k]) ?? ["nothing"];
  return kind === "everything" ? "everything" : [kind, " ", s.name && [value(s.name), " "], code(s[kind])];
}

function exact(s) {
  const [kind] = SCOPES.find(([k]) => s[k]);
  return {[kind]: s[kind]};
}

// all sums the pages of an order, or of its count.
async function all(page, scope, countOnly) {
  const sum = {waiting: 0, open: 0, ending: 0, ordered: 0, failed: []};
  let cursor, last;
  for (let n = 0; n < MOST_PAGES; n++) {
    last = await page.api.post(path("ends"), {...scope, count_only: countOnly || undefined, cursor});
    for (const name of ["waiting", "open", "ending", "ordered"]) {
      sum[name] += last[name];
    }
    sum.failed.push(...last.failed);
    cursor = last.next_cursor;
    if (!cursor) {
      break;
    }
  }
  return {...last, ...sum};
}

async function show(page) {
  const form = scopeForm("end", "end");
  const counted = el("div", {id: "counted", tabindex: "-1"});
  const held = el("div");
  page.render(
    el("p", {}, "Ends elevations now, whatever their deadline. What waits for a decision is withdrawn. New requests stay possible, unless you suspend."),
    section("1. Choose and count", el("div", {class: "filters"}, form.parts), page.button("Count", async () => {
      replace(counted);
      const r = await all(page, form.scope(), true);
      replace(counted, confirmation(page, r, counted));
      counted.focus();
    }, {id: "count"})),
    counted,
    section("Suspensions", el("p", {}, "A suspension denies new requests and grants of its scope. It ends nothing that is active."), held, suspendForm(page, held)),
  );
  await suspensions(page, held);
}

function confirmation(page, r, place) {
  const n = r.waiting + r.open;
  const what = n === 1 ? "1 elevation" : `${n} elevations`;
  const word = `end ${n}`;
  const counts = facts(["Scope", scopeText(r)], ["With access", `${r.open}`], ["Waiting, without access", `${r.waiting}`], ["Ending already", `${r.ending}`]);
  if (n === 0) {
    return section("2. Nothing to end", counts);
  }
  const typed = el("input", {type: "text", autocomplete: "off", spellcheck: "false"});
  return section(`2. ${what} would end`, counts, field("end-word", `Type “${word}” to confirm`, typed), page.button(`End ${what} now`, async () => {
    if (typed.value.trim() !== word) {
      typed.focus();
      throw new Error(`Nothing was ended: type ${word} in the field above.`);
    }
    const done = await all(page, exact(r), false);
    replace(place, result(done));
    place.focus();
    page.say(`Ordered to end: ${done.ordered}.`);
  }, {kind: "danger", id: "end-now"}));
}

function result(r) {
  return section("3. Done", el("p", {class: r.failed.length > 0 ? "notice bad" : "notice"}, `Ordered to end: ${r.ordered}. `,
    el("a", {href: `${link("elevations")}?state=active,revoking,stuck&requester=`}, "See what is still open")),
  r.failed.length > 0 && [el("p", {}, "These failed: count and end again."), el("ul", {}, r.failed.map((id) => el("li", {}, el("a", {href: link("elevation", id)}, id))))]);
}

async function suspensions(page, place) {
  const {suspensions: list} = await page.get(path("suspensions"));
  replace(place, list.length === 0 ? el("p", {class: "empty"}, "No suspension is in effect.") : el("ul", {class: "list"}, list.map((s) => suspension(page, s, place))));
}

function suspension(page, s, place) {
  return el("li", {class: "card"},
    el("p", {class: "head"}, badge(s.holds ? "in effect" : "lifted"), " ", scopeText(s)),
    facts(
      ["Suspended", s.by && [when(s.at), " by ", caller({id: s.by, name: s.by_name, kind: "person"}), ": ", value(s.reason)]],
      ["Lapses", s.holds && s.lapses_at && [when(s.lapses_at), ", unless a second operator confirms it", s.lapses_because && [": ", value(s.lapses_because)]]],
      ["Confirmed", s.confirmed_by && [when(s.confirmed_at), " by ", code(s.confirmed_by)]],
      ["Lifted", s.lifted_by && [when(s.lifted_at), " by ", code(s.lifted_by)]],
    ),
    s.holds && page.button("Lift", async () => {
      const yes = await confirm("Lift this suspension", [el("p", {}, scopeText(s))], "Lift", {reason: "needed"});
      if (yes !== undefined) {
        await page.api.post(path("suspensions", "lift"), {...exact(s), reason: yes.reason});
        page.say("The suspension is lifted.");
        await suspensions(page, place);
      }
    }));
}

function suspendForm(page, place) {
  const form = scopeForm("suspend", "suspend");
  const reason = el("textarea", {rows: "2", maxlength: "500"});
  const unseen = el("input", {type: "checkbox"});
  const self = el("input", {type: "checkbox"});
  return section("Suspend", el("div", {class: "filters"}, form.parts), field("suspend-reason", "Reason", reason),
    check("suspend-unseen", "The id was never seen here, and I mean it", unseen), check("suspend-self", "I mean myself", self),
    page.button("Suspend", async () => {
      const scope = form.scope();
      const yes = await confirm("Deny new access", [el("p", {}, "New requests and grants of ", scopeText(scope), " are denied from now on.")], "Suspend", {danger: true});
      if (yes !== undefined) {
        await page.api.post(path("suspensions"), {...scope, reason: reason.value.trim(), unseen: unseen.checked || undefined, self: self.checked || undefined});
        page.say("Suspended.");
        await suspensions(page, place);
      }
    }, {kind: "danger", id: "suspend"}));
}

function check(id, label, control) {
  control.id = id;
  return el("div", {class: "check"}, control, el("label", {for: id}, label));
}

export default {name: "end", title: "End many at once", nav: "Red button", for: (me) => me.operator === true, show};
