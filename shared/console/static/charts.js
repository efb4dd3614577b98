// Charts, drawn from elements. Each has a table with the same numbers, for those who do not see it.

import {el, svg, visible} from "./dom.js";
import {details, table} from "./parts.js";

const SERIES = 5; // with a color of their own; the others are one more
const ROW = 24, LEFT = 140, WIDE = 400;

/**
 * Draws one bar for each name.
 * @param {string} id
 * @param {string} heading
 * @param {[string, number][]} bars
 * @param {string} unit of the numbers, such as elevations
 * @returns {HTMLElement}
 */
export function bars(id, heading, bars, unit) {
  const most = Math.max(1, ...bars.map(([, n]) => n));
  const drawn = bars.slice(0, 20).flatMap(([name, n], i) => [
    svg("text", {x: LEFT - 8, y: i * ROW + 16, "text-anchor": "end"}, visible(name, {most: 20})),
    svg("rect", {class: "series-0", x: LEFT, y: i * ROW + 4, width: Math.max(1, n / most * (WIDE - LEFT - 40)), height: ROW - 8}),
    svg("text", {x: LEFT + n / most * (WIDE - LEFT - 40) + 6, y: i * ROW + 16}, `${n}`),
  ]);
  return figure(id, heading, Math.max(1, Math.min(20, bars.length)) * ROW + 4, drawn, [],
    ["Name", unit], bars.map(([name, n]) => [visible(name), `${n}`]), summary(bars, unit));
}

function summary(bars, unit) {
  return bars.length === 0 ? "no data" : `${bars.length} names; most: ${visible(bars[0][0], {most: 60})}, ${bars[0][1]} ${unit}`;
}

/**
 * Draws one stacked column for each day.
 * @param {string} id
 * @param {string} heading
 * @param {Map<string, Map<string, number>>} days numbers by series, by day
 * @param {string} unit
 * @returns {HTMLElement}
 */
export function columns(id, heading, days, unit) {
  const totals = new Map();
  for (const day of days.values()) {
    for (const [name, n] of day) {
      totals.set(name, (totals.get(name) ?? 0) + n);
    }
  }
  const names = [...totals].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const shown = names.length > SERIES + 1 ? names.slice(0, SERIES) : names;
  const high = 150, all = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).slice(-31);
  const most = Math.max(1, ...all.map(([, day]) => sum(day)));
  const step = (WIDE - 42) / Math.max(1, all.length);
  const drawn = [svg("line", {x1: 36, y1: high, x2: WIDE, y2: high, class: "axis"}), svg("text", {x: 30, y: 14, "text-anchor": "end"}, `${most}`), svg("text", {x: 30, y: high, "text-anchor": "end"}, "0")];
  all.forEach(([day, numbers], i) => {
    let y = high;
    for (const [series, n] of stack(numbers, shown)) {
      const height = n / most * (high - 10);
      y -= height;
      drawn.push(svg("rect", {class: `series-${series}`, x: 40 + i * step, y, width: Math.max(2, Math.min(40, step - 3)), height}, svg("title", {}, `${day}: ${n} ${series < shown.length ? visible(shown[series], {most: 60}) : "others"}`)));
    }
    if (i === 0 || i === all.length - 1) {
      drawn.push(svg("text", {x: 40 + i * step + (i === 0 ? 0 : Math.min(40, step - 3)), y: high + 18, "text-anchor": i === 0 ? "start" : "end"}, i > 0 || all.length === 1 || step * all.length > 150 ? day : ""));
    }
  });
  const legend = shown.concat(names.length > shown.length ? ["others"] : []);
  return figure(id, heading, high + 24, drawn, legend, ["Day", ...names], all.map(([day, numbers]) => [day, ...names.map((name) => `${numbers.get(name) ?? 0}`)]),
    all.length === 0 ? "no data" : `${all.length} days, at most ${most} ${unit} on one`);
}

function sum(day) {
  return [...day.values()].reduce((a, b) => a + b, 0);
}

// stack returns the numbers of the shown series, then of the others.
function stack(numbers, shown) {
  const rest = sum(numbers) - shown.reduce((a, name) => a + (numbers.get(name) ?? 0), 0);
  return [...shown.map((name, i) => [i, numbers.get(name) ?? 0]), [shown.length, rest]].filter(([, n]) => n > 0);
}

function figure(id, heading, height, drawn, legend, heads, rows, text) {
  return el("figure", {}, el("figcaption", {}, heading),
    rows.length === 0 ? el("p", {class: "empty"}, "There is nothing to draw.") : [
      el("div", {class: "chart"}, svg("svg", {viewBox: `0 0 ${WIDE} ${height}`, role: "img", "aria-label": `${heading}: ${text}`}, drawn)),
      legend.length > 0 && el("ul", {class: "legend"}, legend.map((name, i) => el("li", {}, svg("svg", {viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": "true"}, svg("rect", {class: `series-${i}`, width: 10, height: 10})), " ", visible(name, {most: 60})))),
      details(id, "The numbers", table(heading, heads, rows)),
    ]);
}
