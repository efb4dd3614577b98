// One elevation, from its request to the proof of its end.

import {path} from "./api.js";
import {countdown, now, when} from "./clock.js";
import {el, replace, value} from "./dom.js";
import {badge, clockLine, code, confirm, decider, details, facts, link, section, table} from "./parts.js";
import {difference, hints, policies, termsFacts} from "./terms.js";
import {usage} from "./usage.js";
import {readTerms, readTimeline} from "./verify.js";

const OPEN = ["granting", "active", "revoking", "stuck"];
const ID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/; // nothing else gets into a command
const OVER = ["ended", "denied", "withdrawn", "lapsed"];

async function show(page, id) {
  const beats = {on: false, timer: 0, next: 0, sent: "", failed: undefined};
  page.signal.addEventListener("abort", () => {
    clearInterval(beats.timer);
    if (beats.on) {
      page.say("This window sends no more heartbeats.");
    }
  });
  const read = async () => {
    const d = await page.get(path("elevations", id));
    return {d, used: d.granted_at ? await page.get(path("elevations", id, "usage")) : undefined};
  };
  await page.poll(read, async ({d, used}) => {
    const [{terms, wrong}, timeline] = [await readTerms(d), await readTimeline(d)];
    page.title(`${d.entitlement}: ${d.state}`);
    page.render(
      head(page, d, terms, beats),
      verdict(d, wrong, timeline.wrong),
      terms && section("Terms", termsFacts(terms), policies(terms), el("p", {class: "small"}, "Digest, computed here: ", code(d.digest))),
      !OVER.includes(d.state) && [difference(d.difference), hints(d.terms.says)],
      d.decisions.length > 0 && section("Decisions", el("ul", {}, d.decisions.map((c) => el("li", {}, el("strong", {}, c.decision), " by ", decider(c), ", ", when(c.at), c.reason && [": ", value(c.reason)],
        c.difference && el("small", {}, c.seen ? ", having been shown the difference " : ", when the difference was ", code(c.difference)))))),
      used && usage(used),
      receipt(d.receipt), review(d),
      section("Timeline", el("ol", {class: "timeline"}, timeline.records.map(entry))));
  }, ({d}) => (OVER.includes(d.state) ? 60 : 5));
}

function head(page, d, terms, beats) {
  const mine = d.requester.id === page.me.id;
  const owns = (terms?.owners ?? []).some((o) => page.me.groups.includes(o.replace(/^group:/, "")) || o === page.me.id);
  return [
    el("p", {class: "head"}, badge(d.state), " ", d.cause && ["cause: ", d.cause, " "], code(d.id)),
    d.state === "active" ? el("p", {class: "large"}, countdown(d.deadline, "0:00"), " left, until ", when(d.deadline)) : el("p", {}, clockLine(d)),
    d.ready_at && d.state === "active" && el("p", {}, "Usable from ", when(d.ready_at), " (IAM propagation)."),
    d.why && el("p", {class: "notice warn"}, value(d.why)),
    d.contained_at && el("p", {class: "notice warn"}, "Contained ", when(d.contained_at), ": its removal had failed."),
    d.state === "stuck" && el("p", {class: "notice bad"}, "Its removal is overdue; attempts go on.", d.acknowledged_by && [" Acknowledged by ", code(d.acknowledged_by)]),
    el("div", {class: "row"},
      d.state === "requested" && !mine && el("p", {}, el("a", {href: link("decide", d.id)}, "Decide")),
      OPEN.slice(0, 2).includes(d.state) && (mine || owns || page.me.operator) && endButton(page, d),
      ["requested", "approved"].includes(d.state) && mine && act(page, d, "withdraw", "Withdraw the request", "The request is withdrawn.", "Approvers are told. You can ask again."),
      d.state === "stuck" && page.me.operator && act(page, d, "acknowledge", "Acknowledge", "It is acknowledged.", "The messages stop; the attempts go on."),
      d.state === "active" && mine && el("p", {}, el("a", {href: `${link("ask", d.entitlement)}?renews=${encodeURIComponent(d.id)}`}, "Ask to renew it"))),
    d.state === "active" && mine && d.heartbeat_seconds > 0 && heartbeat(page, d, beats),
  ];
}

/**
 * Makes the button that ends an elevation.
 * @param {import("./page.js").Page} page
 * @param {object} d an Elevation
 */
export function endButton(page, d) {
  return act(page, d, "end", "End it now", "It is ending.", "Access is removed at once. To get it again, ask again.", "danger");
}

function act(page, d, verb, label, done, means, kind) {
  return page.button(label, async () => {
    if (await confirm(`${label}?`, [el("p", {}, value(d.entitlement), " on ", code(d.principal)), el("p", {}, means)], label, {danger: kind === "danger"}) !== undefined) {
      await page.api.post(path("elevations", d.id, verb));
      page.say(done);
    }
  }, {kind, id: `${verb}-${d.id}`});
}

// The choice and the times survive a redraw. Off at first: a window that was left open must not keep access alive.
function heartbeat(page, d, beats) {
  const every = Math.max(1, Math.floor(d.heartbeat_seconds / 3));
  const line = el("p", {role: "status", class: "notice"});
  const tell = () => {
    line.className = beats.failed ? "notice bad" : "notice";
    replace(line, beats.failed ? ["The last heartbeat failed: ", value(beats.failed), ". It ends unless one arrives in time."] :
      beats.on ? `This window sends a heartbeat every ${every} s while this view is open and seen. A hidden window may be too slow. Leave it, and access ends within ${d.heartbeat_seconds} s.` :
        `This window sends no heartbeats. Access ends ${d.heartbeat_seconds} s after the last one that anything sends.`,
    beats.sent && [" It sent the last one ", when(beats.sent), "."]);
  };
  const send = async () => {
    beats.next = Date.now() + every * 1000;
    try {
      await page.api.post(path("elevations", d.id, "heartbeat"));
      beats.sent = new Date(now()).toISOString().replace(/\.\d+Z$/, "Z");
      beats.failed = undefined;
    } catch (e) {
      beats.next = 0; // again at the next tick
      beats.failed = e.message;
      throw e;
    } finally {
      beats.tell();
    }
  };
  beats.tell = tell;
  const box = el("input", {type: "checkbox", id: "beats", checked: beats.on, on: {change: () => {
    beats.on = box.checked;
    clearInterval(beats.timer);
    beats.failed = undefined;
    tell();
    if (beats.on) {
      const tick = () => Date.now() >= beats.next && send().catch(() => undefined); // it is told
      beats.next = 0;
      beats.timer = setInterval(tick, 5000);
      tick();
    }
  }}});
  tell();
  return el("div", {}, el("p", {class: "check"}, box, el("label", {for: "beats"}, "Send heartbeats from this window")), line,
    page.button("Send one now", async () => {
      await send();
      page.say("Heartbeat sent.");
    }, {id: "beat"}));
}

function verdict(d, wrongTerms, wrongTimeline) {
  const here = wrongTerms ?? wrongTimeline;
  const good = here === undefined && d.evidence.state === "verified";
  return el("div", {class: `notice ${good ? "good" : "bad"}`, role: good ? undefined : "alert"},
    el("p", {}, el("strong", {}, "Evidence: "), here === undefined ? "this page computed the digest of the terms and the fingerprints of all records, and followed its states and its receipt there: they match" : ["wrong: ", value(here)],
      "; the API says ", badge(d.evidence.state), d.evidence.why && [": ", value(d.evidence.why)], "."),
    el("p", {class: "small"}, `Head: record ${d.evidence.head.seq}, `, code(d.evidence.head.hash)),
    good || el("p", {}, "Do not trust what is shown. Tell an operator."),
    ID.test(d.id) && details("verify", "Verify it without this page and the API", el("p", {}, "The API gives no proof that the records are in the signed log. Who may read the log's bucket, and has its key, makes one and verifies it:"),
      el("pre", {tabindex: "0", dir: "ltr"}, `curfew proof ${d.id} --log s3://BUCKET --key log.vkey\ncurfew verify ${d.id}.tlog-proof --key log.vkey`)));
}

function receipt(r) {
  return r && section("Proof of the end", facts(
    ["Ended by", code(r.by)], ["Cause", r.cause], ["Was due", r.due && when(r.due)], ["IAM was read", when(r.read_at)], ["What IAM showed", r.seen], ["Gone", r.gone_at && when(r.gone_at)],
    ["Overstay", `${r.overstay_seconds} s`], ["Grant", code(r.grant)]),
  r.calls?.length > 0 && table("Calls that removed the grant", ["Call", "When", "Outcome"], r.calls.map((c) => [code(c.action), when(c.at), value(c.outcome)])));
}

function review(d) {
  return d.review && section("Review", el("p", {}, d.review.signed_at ? ["Signed by ", code(d.review.signed_by), " ", when(d.review.signed_at), ": ", value(d.review.note)] :
    [el("a", {href: link("review", d.id)}, "It waits for a signature")]));
}

function entry(r) {
  const {metadata: m, unmapped: u} = r;
  const at = new Date(r.time).toISOString().replace(".000Z", "Z");
  return el("li", {}, when(at), " ", el("strong", {}, m.event_code), " by ", code(u.actor), u.late && " (stored later)", m.is_truncated && " (shortened)",
    u.detail !== undefined && details(`record-${m.sequence}`, `Record ${m.sequence}`, el("pre", {tabindex: "0"}, JSON.stringify(u.detail, null, 2))));
}

export default {name: "elevation", title: "Elevation", show};
