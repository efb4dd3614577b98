// Parts that several views show.

import {Problem} from "./api.js";
import {countdown, when} from "./clock.js";
import {el, value, visible} from "./dom.js";

/**
 * Says what happened, why, and what to do now.
 * @param {unknown} e a Problem, or another error
 */
export function problemBox(e) {
  if (!(e instanceof Problem)) {
    return el("div", {class: "notice bad"}, el("p", {}, visible(e?.message ?? e, {most: 1000})));
  }
  return el("div", {class: "notice bad"},
    el("p", {}, el("strong", {}, e.title), ": ", value(e.message)),
    e.mistakes.length > 0 && el("ul", {}, e.mistakes.map((m) => el("li", {}, el("code", {}, m.field || "request"), ": ", value(m.problem)))),
    e.nearest.length > 0 && el("p", {}, "Did you mean: ", e.nearest.map((n, i) => [i > 0 && ", ", value(n.name ?? n.id), n.name && [" (", code(n.id), ")"]])),
    e.reasons.length > 0 && el("p", {class: "small"}, "Rules: ", e.reasons.map((r, i) => [i > 0 && ", ", code(r)])),
    e.elevation !== "" && el("p", {}, el("a", {href: link("elevation", e.elevation)}, "See elevation ", e.elevation)),
    el("p", {}, advice(e)));
}

function advice(e) {
  switch (e.status) {
    case 0: return "Check the network, then try again.";
    case 400: return "Correct what is named, then try again.";
    case 401: return "Sign in again.";
    case 403: return "If you think that this is wrong, ask an owner of the entitlement or an operator.";
    case 404: return "Check the address. What you may not see looks the same.";
    case 409: return "Its state has changed: look at it again.";
    case 429: return `Too many calls: wait ${e.retryAfter || "a few"} seconds.`;
    default: return e.status >= 500 ? "Try again in a moment. If it goes on, tell an operator." : "";
  }
}

/**
 * Returns the hash of a view.
 * @param {string} view
 * @param {...string} args
 */
export function link(view, ...args) {
  return "#/" + [view, ...args].map(encodeURIComponent).join("/");
}

/** @param {unknown} text an id, ARN, hash or name that is typed exactly */
export function code(text) {
  return el("code", {dir: "ltr"}, text);
}

/**
 * Makes a list of names and values; rows without a value are left out.
 * @param {...[string, unknown]} rows
 */
export function facts(...rows) {
  return el("dl", {class: "facts"}, rows.filter(([, v]) => v !== undefined && v !== null && v !== false && v !== "")
    .map(([name, v]) => el("div", {}, el("dt", {}, name), el("dd", {}, v))));
}

/**
 * Makes a table that scrolls inside its place.
 * @param {string} caption
 * @param {string[]} heads
 * @param {unknown[][]} rows cells as children of el
 */
export function table(caption, heads, rows) {
  return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption}, el("table", {},
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((h) => el("th", {scope: "col"}, h)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((c) => el("td", {}, c)))))));
}

/**
 * Makes a part of a view, with its heading.
 * @param {string} heading
 * @param {...unknown} children as of el
 */
export function section(heading, ...children) {
  return el("section", {}, el("h2", {}, heading), ...children);
}

/**
 * Makes a part that is closed at first. It stays open when the view is drawn again.
 * @param {string} id
 * @param {unknown} summary as children of el
 * @param {...unknown} children as of el
 */
export function details(id, summary, ...children) {
  return el("details", {id}, el("summary", {}, summary), ...children);
}

const KINDS = {
  requested: "wait", approved: "wait", granting: "wait", active: "on", revoking: "wait", stuck: "bad", ended: "off", denied: "off", withdrawn: "off", lapsed: "off",
  open: "bad", acknowledged: "wait", closed: "off", critical: "bad", high: "bad", medium: "wait", low: "off", verified: "on", broken: "bad", truncated: "bad", "in force": "on",
};

/** @param {string} state of an elevation or a finding, a severity, or a verdict */
export function badge(state) {
  return el("span", {class: `badge ${Object.hasOwn(KINDS, state) ? KINDS[state] : ""}`}, state);
}

/** @param {{id: string, kind: string, name: string}} c a caller: the name as people know it, the id behind */
export function caller(c) {
  return el("span", {class: "pair"}, value(c.name || c.id), " ", el("small", {}, c.kind === "machine" ? "machine " : "", code(c.id)));
}

/**
 * Tells who decided, and in whose stead.
 * @param {object} c a Decision
 */
export function decider(c) {
  return c.for ? [caller(c.by), " in the stead of ", caller(c.for)] : caller(c.by);
}

/** @param {string} arn the name as people know it, the ARN behind */
export function principal(arn) {
  const [, , , , account, ...rest] = String(arn).split(":");
  const name = rest.join(":").split("/").pop();
  return name ? el("span", {class: "pair"}, value(name), " in ", code(account), " ", el("small", {}, code(arn))) : code(arn);
}

/** @param {{kind: string, id: string, known?: boolean}} t a task, verified or not */
export function task(t) {
  return el("span", {}, code(`${t.kind}/${t.id}`), " ", t.known
    ? el("span", {class: "badge on", title: "Its start was seen, and its end was not."}, "verified")
    : el("span", {class: "badge wait", title: "No event of a service reported that this task started."}, "unverified"));
}

/** @param {{bind: string, value?: string, weak?: boolean, mfa?: boolean, mfa_sign_in?: boolean} | undefined} s an entitlement's has no value yet */
export function binding(s) {
  if (s === undefined) {
    return undefined;
  }
  const what = s.value ? {userid: "only the session named ", sourceIdentity: "only sessions with the source identity ", vpce: "only calls through the VPC endpoint "} :
    {userid: "one session alone, by its name", sourceIdentity: "sessions with one source identity", vpce: "calls through one VPC endpoint", none: "every session of the principal"};
  return el("span", {}, what[s.bind] ?? s.bind, s.value && code(s.value),
    s.weak && el("strong", {}, "; weak: the trust policy does not pin the name"), s.mfa && "; with MFA", s.mfa_sign_in && "; MFA at the sign-in only");
}

/**
 * Makes one line of a list of elevations.
 * @param {object} e an Elevation
 * @param {...unknown} more as children of el
 */
export function elevationItem(e, ...more) {
  return el("li", {class: "card"},
    el("p", {class: "head"}, badge(e.state), " ", el("a", {href: link("elevation", e.id)}, value(e.entitlement)), " on ", principal(e.principal)),
    el("p", {}, "for ", caller(e.requester), ", ", task(e.task), ": ", value(e.reason)),
    e.why && el("p", {}, value(e.why)),
    el("p", {}, clockLine(e)), ...more);
}

/** @param {object} e an Elevation: what its clock says */
export function clockLine(e) {
  switch (e.state) {
    case "requested": return ["Decide within ", countdown(e.decide_by, "nothing: the time to decide is over")];
    case "approved": return ["Starts ", when(e.start_at)];
    case "granting": case "active": return ["Ends in ", countdown(e.deadline, "0: it must be gone"), ", at ", when(e.deadline)];
    case "revoking": case "stuck": return ["Its end was due ", when(e.end_due)];
    case "ended": return ["Ended ", when(e.ended_at), e.cause && `: ${e.cause}`, e.overstay_seconds > 0 && `, ${e.overstay_seconds} s late`];
    default: return ["Requested ", when(e.requested_at)];
  }
}

/**
 * Makes a labelled control. The hint and what is wrong are read with it.
 * @param {string} id of the control
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(id, label, control, hint) {
  control.id = id;
  if (hint) {
    control.setAttribute("aria-describedby", `${id}-hint`);
  }
  return el("div", {class: "field"}, el("label", {for: id}, label), control, hint && el("p", {class: "hint", id: `${id}-hint`}, hint));
}

/**
 * Asks in a dialog before something that cannot be undone.
 * @param {string} heading
 * @param {unknown[]} children as of el
 * @param {string} label of the button that acts
 * @param {{reason?: "needed" | "may", danger?: boolean}} [how]
 * @returns {Promise<{reason: string} | undefined>} undefined: no
 */
export function confirm(heading, children, label, how = {}) {
  return new Promise((done) => {
    const reason = el("textarea", {rows: "3", maxlength: "500", required: how.reason === "needed"});
    let answer;
    const form = el("form", {on: {submit: (event) => {
      event.preventDefault();
      answer = {reason: reason.value.trim()};
      if (how.reason === "needed" && answer.reason === "") {
        reason.focus();
        return;
      }
      dialog.close();
    }}}, el("h2", {id: "dialog-title"}, heading), ...children,
    how.reason && field("dialog-reason", how.reason === "needed" ? "Reason" : "Reason (may be empty)", reason),
    el("div", {class: "row"},
      el("button", {type: "submit", class: how.danger ? "danger" : "primary", id: "dialog-yes"}, label),
      el("button", {type: "button", id: "dialog-no", on: {click: () => dialog.close()}}, "Cancel")));
    const dialog = el("dialog", {"aria-labelledby": "dialog-title", on: {close: () => {
      dialog.remove();
      done(answer);
    }}}, form);
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Shows a list by pages: a button reads the next.
 * @param {import("./page.js").Page} page
 * @param {(cursor: string | undefined) => Promise<{items: any[], next?: string}>} read
 * @param {(item: any) => Node} item
 * @param {string} empty what an empty list says
 * @returns {Promise<HTMLElement>}
 */
export async function pages(page, read, item, empty) {
  const list = el("ul", {class: "list"});
  const place = el("div", {}, list);
  const add = async (cursor) => {
    const got = await read(cursor);
    list.append(...got.items.map(item));
    place.querySelector(".more")?.remove();
    if (got.next) {
      place.append(el("div", {class: "more"}, page.button("More", () => add(got.next))));
    } else if (list.childElementCount === 0) {
      place.append(el("p", {class: "empty"}, empty));
    }
  };
  await add(undefined);
  return place;
}

/** @param {object} policy an IAM policy, for reading */
export function policyText(policy) {
  return el("pre", {tabindex: "0", dir: "ltr"}, JSON.stringify(policy, null, 2));
}
