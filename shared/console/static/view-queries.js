// Queries: what the command line asks the lake of the log.

import {el, value} from "./dom.js";
import {code, details, section} from "./parts.js";

async function show(page) {
  const answer = await fetch("/console/queries.json", {credentials: "omit", redirect: "error", signal: page.signal});
  if (!answer.ok) {
    throw new Error("The list of queries cannot be read: reload the page.");
  }
  const all = await answer.json();
  page.render(
    el("p", {}, "Each is one SQL file that runs on Athena, DuckDB and SQLite over the lake of the log. The page has no right to the lake: the command line asks it."),
    section(`${all.length} queries`, el("ul", {class: "list"}, all.map((q) => el("li", {class: "card"},
      details(`query-${q.name}`, [code(q.name), ": ", value(q.about)],
        q.parameters.length > 0 && el("ul", {}, q.parameters.map((p) => el("li", {}, code(p.name), ` (${p.type}): `, value(p.about)))),
        el("pre", {tabindex: "0", dir: "ltr"}, command(q))))))),
  );
}

// A period has flags of its own.
function command(q) {
  const names = [...new Set(q.parameters.map((p) => p.name))];
  const period = names.includes("from") && names.includes("to");
  const set = names.filter((n) => !period || (n !== "from" && n !== "to")).map((n) => ` \\\n    --set ${n}=${n.toUpperCase()}`).join("");
  return `curfew audit ${q.name} --lake ./lake${period ? " --from 2026-10-01 --to 2026-11-01" : ""}${set}`;
}

export default {name: "queries", title: "Queries on the log", show};
