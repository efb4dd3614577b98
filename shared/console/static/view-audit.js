// Audit: records of evidence, and charts of them.

import {path} from "./api.js";
import {duration, when} from "./clock.js";
import {el, value, visible} from "./dom.js";
import {bars, columns} from "./charts.js";
import {below, chosen, filters} from "./filter.js";
import {code, details, link, section} from "./parts.js";

const CHOICES = [
  {name: "by", label: "Of", of: ["requester", "approver", "principal", "account", "task", "elevation", "caller"], first: "requester", hint: "caller: the refusals of one caller"},
  {name: "is", label: "Its id, ARN or name", first: "me", hint: "me: you; a task is kind/id"},
  {name: "from", label: "From", type: "date"},
  {name: "to", label: "To, not included", type: "date"},
  {name: "kind", label: "Kinds", hint: "such as elevation.ended; several with commas"},
];
const PAGE = 200, PAGES = 10; // records of one page, pages of one reading

async function show(page) {
  const form = [
    el("p", {}, "Records of evidence as they are stored. The log and its proof: curfew verify. More questions: ", el("a", {href: link("could")}, "who could make a call"), ", ", el("a", {href: link("queries")}, "queries on the log"), "."),
    filters(page, "audit", CHOICES),
  ];
  page.render(form, el("p", {}, "Reading…"));
  await below(page, form, async () => drawn(await read(page)));
}

function drawn({records, next}) {
  return [
    next && el("p", {class: "notice warn"}, `These are the first ${records.length} records. Narrow the filter to see the others.`),
    records.length === 0 ? el("p", {class: "empty"}, "No record matches.") : [charts(records), section("Records", list(records))],
  ];
}

async function read(page) {
  const c = chosen(page, CHOICES);
  const instant = (day) => day && `${day}T00:00:00Z`;
  const query = {[c.by]: c.is, kind: c.kind, from: instant(c.from), to: instant(c.to), limit: PAGE};
  if (c.by === "caller" && !c.from) {
    query.day = new Date().toISOString().slice(0, 10);
  }
  const records = [];
  let next;
  for (let n = 0; n < PAGES; n++) {
    const got = await page.get(path("audit"), {...query, cursor: next});
    records.push(...got.records);
    next = got.next_cursor;
    if (!next) {
      break;
    }
  }
  return {records, next};
}

function charts(records) {
  return section("Charts",
    columns("chart-days", "Elevations asked for, by day and entitlement", perDay(records), "elevations"),
    bars("chart-deciders", "Decisions, by who decided", count(records.filter(isDecision), (r) => r.detail.by?.name || r.actor), "decisions"),
    el("p", {}, "Median time from the request to the approval: ", el("strong", {}, medianToApprove(records)), "."),
    bars("chart-causes", "Ends, by cause", count(records.filter((r) => r.kind === "elevation.ended"), (r) => r.detail?.cause ?? "not recorded"), "ends"));
}

function add(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function count(records, name) {
  const by = new Map();
  for (const r of records) {
    add(by, String(name(r)));
  }
  return [...by].sort((a, b) => b[1] - a[1]);
}

// A request that policy alone approves has one record, elevation.approved, with the entitlement.
function perDay(records) {
  const days = new Map();
  for (const r of records) {
    const entitlement = r.detail?.entitlement;
    if ((r.kind === "elevation.requested" || r.kind === "elevation.approved") && typeof entitlement === "string" && typeof r.at === "string") {
      const day = r.at.slice(0, 10);
      days.set(day, days.get(day) ?? new Map());
      add(days.get(day), entitlement);
    }
  }
  return days;
}

function isDecision(r) {
  return ["elevation.approval", "elevation.approved", "elevation.denied"].includes(r.kind) && r.detail?.by !== undefined && r.detail.by !== null && r.detail.entitlement === undefined;
}

function medianToApprove(records) {
  const asked = new Map(records.filter((r) => r.kind === "elevation.requested").map((r) => [r.elevation, Date.parse(r.at)]));
  const took = records.filter((r) => r.kind === "elevation.approved" && asked.has(r.elevation)).map((r) => Date.parse(r.at) - asked.get(r.elevation)).filter(Number.isFinite).sort((a, b) => a - b);
  if (took.length === 0) {
    return "no approval by a person is among the records";
  }
  return `${duration((took[(took.length - 1) >> 1] + took[took.length >> 1]) / 2000)} (of ${took.length})`;
}

function list(records) {
  return el("ol", {class: "list"}, records.map((r, i) => el("li", {class: "card"},
    el("p", {}, el("strong", {}, code(r.kind)), " ", r.at && when(r.at), " by ", value(r.actor)),
    el("p", {}, r.elevation && [el("a", {href: link("elevation", r.elevation)}, "Elevation ", r.elevation), ", "], `record ${r.seq} of `, code(r.chain)),
    details(`record-${i}`, "Detail and hash", el("pre", {tabindex: "0", dir: "ltr"}, visible(JSON.stringify(r.detail ?? {}, null, 2), {most: 100000, lines: true})), el("p", {class: "small"}, code(r.hash))))));
}

export default {name: "audit", title: "Audit", nav: "Audit", show};
