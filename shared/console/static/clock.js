// The server's clock: a deadline is the server's, and this machine's clock may be wrong.

import {el, visible} from "./dom.js";

let offset = 0; // milliseconds to add to this machine's clock
let best = Infinity; // the fastest answer knows best

/**
 * Learns the server's clock from the header Date of an answer.
 * @param {string | null} date
 * @param {number} sent milliseconds of this machine's clock
 */
export function hear(date, sent) {
  const at = Date.parse(date ?? "");
  const took = Date.now() - sent;
  if (Number.isNaN(at) || took > best + 1000) {
    return;
  }
  best = Math.min(best, took);
  const heard = at + 500 - (sent + took / 2); // whole seconds: half a second more on average
  if (Math.abs(heard - offset) > 1000) {
    offset = heard;
  }
}

/** Returns the server's time in milliseconds. */
export function now() {
  return Date.now() + offset;
}

/**
 * Returns a duration in words: "1 h 20 min", "45 s".
 * @param {number} seconds
 */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => s >= size);
  if (first < 0) {
    return "0 s";
  }
  const [size, unit] = parts[first];
  const next = parts[first + 1];
  const rest = next && size > 1 ? Math.floor((s % size) / next[0]) : 0;
  return `${Math.floor(s / size)} ${unit}${rest > 0 ? ` ${rest} ${next[1]}` : ""}`;
}

/**
 * Returns the distance of an instant from now: "in 12 min", "3 h 5 min ago".
 * @param {string} instant RFC 3339
 */
export function distance(instant) {
  const seconds = (Date.parse(instant) - now()) / 1000;
  return seconds >= 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}

function absolute(instant) {
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
}

function isInstant(instant) {
  return typeof instant === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(instant) && !Number.isNaN(Date.parse(instant));
}

/**
 * Shows an instant with its distance, which goes on.
 * @param {string | undefined} instant RFC 3339
 */
export function when(instant) {
  if (!isInstant(instant)) {
    return el("span", {}, instant ? visible(instant, {most: 40}) : "not known");
  }
  return el("time", {datetime: instant}, absolute(instant), " (", el("span", {"data-distance": instant}, distance(instant)), ")");
}

/**
 * Shows what is left until an instant: "12:04", "1 d 3 h"; then the text over.
 * @param {string} instant RFC 3339
 * @param {string} over
 */
export function countdown(instant, over) {
  return el("span", {class: "clock", role: "timer", "data-left": instant, "data-over": over}, left(instant, over));
}

function left(instant, over) {
  const seconds = Math.ceil((Date.parse(instant) - now()) / 1000);
  if (Number.isNaN(seconds) || seconds <= 0) {
    return over;
  }
  if (seconds >= 3600) {
    return duration(seconds);
  }
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Moves the shown clocks on, each second. */
export function startClocks() {
  setInterval(() => {
    for (const e of document.querySelectorAll("[data-distance]")) {
      e.textContent = distance(e.getAttribute("data-distance"));
    }
    for (const e of document.querySelectorAll("[data-left]")) {
      e.textContent = left(e.getAttribute("data-left"), visible(e.getAttribute("data-over")));
    }
  }, 1000);
}
