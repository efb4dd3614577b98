// The API of this origin: shared/httpapi/openapi.json describes it.

import {hear} from "./clock.js";

const TIMEOUT = 25000; // milliseconds

/** Why a call failed: the API's problem (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  /** @param {Object<string, any>} p members of the problem */
  constructor(p) {
    super(String(p.detail ?? "the call failed"));
    this.status = Number(p.status ?? 0);
    this.title = String(p.title ?? "No answer");
    this.kind = String(p.type ?? "").split(":").pop();
    this.reasons = Array.isArray(p.reasons) ? p.reasons.map(String) : [];
    this.mistakes = Array.isArray(p.mistakes) ? p.mistakes : [];
    this.nearest = Array.isArray(p.nearest) ? p.nearest : [];
    this.elevation = p.elevation === undefined ? "" : String(p.elevation);
    this.retryAfter = Number(p.retry_after ?? 0); // seconds
  }
}

/**
 * Joins parts of a path; each is one part, whatever it contains.
 * @param {...string} parts
 */
export function path(...parts) {
  return "/v1/" + parts.map((part) => {
    if (part === "" || part === "." || part === "..") {
      throw new Problem({status: 404, title: "Not found", detail: "there is nothing without a name"});
    }
    return encodeURIComponent(part);
  }).join("/");
}

/** The API as one signed-in person. */
export class API {
  /**
   * @param {() => Promise<string>} token gives a valid token
   * @param {() => void} refused is called when the API does not accept the token
   */
  constructor(token, refused) {
    this.token = token;
    this.refused = refused;
  }

  /**
   * Reads.
   * @param {string} at of path
   * @param {Object<string, unknown>} [query] undefined and empty are left out
   * @param {AbortSignal} [signal]
   */
  get(at, query, signal) {
    const q = new URLSearchParams();
    for (const [name, v] of Object.entries(query ?? {})) {
      if (v !== undefined && v !== null && v !== "") {
        q.set(name, String(v));
      }
    }
    return this.call("GET", q.size > 0 ? `${at}?${q}` : at, undefined, {}, signal);
  }

  /**
   * Acts.
   * @param {string} at of path
   * @param {object} [body]
   * @param {string} [key] Idempotency-Key
   */
  post(at, body, key) {
    return this.call("POST", at, body, key ? {"Idempotency-Key": key} : {}, undefined);
  }

  async call(method, at, body, headers, signal) {
    const token = await this.token();
    const sent = Date.now();
    const all = {...headers, Authorization: `Bearer ${token}`, Accept: "application/json"};
    if (body !== undefined) {
      all["Content-Type"] = "application/json";
    }
    let answer, text;
    try {
      const limit = AbortSignal.timeout(TIMEOUT);
      answer = await fetch(at, {
        method, headers: all, body: body === undefined ? undefined : JSON.stringify(body), signal: signal ? AbortSignal.any([signal, limit]) : limit,
        credentials: "omit", cache: "no-store", redirect: "error", mode: "same-origin", referrerPolicy: "no-referrer",
      });
      text = await answer.text();
    } catch (e) {
      if (signal?.aborted) {
        throw e;
      }
      const what = method === "GET" ? "nothing was changed" : "it may have been done: look before you repeat it";
      throw new Problem({title: "No answer", detail: `the server did not answer (${e.name}): ${what}`});
    }
    hear(answer.headers.get("Date"), sent);
    const value = parse(text);
    if (answer.ok && value !== undefined) {
      return value;
    }
    if (answer.status === 401) {
      this.refused();
    }
    throw problem(answer, value);
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// The gateway's own answers are no problems of the API.
function problem(answer, value) {
  if (answer.ok) {
    return new Problem({status: answer.status, title: "Not understood", detail: "the answer is not JSON"});
  }
  if (typeof value?.detail === "string") {
    return new Problem({retry_after: answer.headers.get("Retry-After") ?? 0, ...value, status: answer.status});
  }
  return new Problem({status: answer.status, title: `HTTP ${answer.status}`, detail: typeof value?.message === "string" ? value.message : "the server gave no reason"});
}

/**
 * Tells whether a refusal asks for a newer sign-in with MFA.
 * @param {unknown} e
 */
export function wantsStepUp(e) {
  return e instanceof Problem && e.status === 403 && e.reasons.includes("curfew.step-up");
}
