// Checks what the API shows against its digests, without trust in the API.

const DIGEST = /^[0-9a-f]{64}$/;

async function sha256(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

// The members of an object have no order.
function sorted(v) {
  return JSON.stringify(v, (_, one) => (one !== null && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one));
}

/**
 * Reads the terms from the very text that the digest is of. Show these, and not the API's copies.
 * @param {object} d an ElevationShown
 * @returns {Promise<{terms?: object, wrong?: string}>} wrong: do not decide
 */
export async function readTerms(d) {
  const text = d.terms?.document;
  if (typeof text !== "string" || !DIGEST.test(d.digest) || await sha256(text) !== d.digest) {
    return {wrong: "the terms do not match their digest"};
  }
  let t;
  try {
    t = JSON.parse(text);
    t.policies = (t.policies ?? []).map((p) => JSON.parse(p));
  } catch {
    return {wrong: "the terms cannot be read"};
  }
  const differs = [["id", t.id, d.id], ["entitlement", t.entitlement, d.entitlement], ["principal", t.principal?.arn ?? "", d.principal], ["requester", t.requester?.id, d.requester.id],
    ["reason", t.reason, d.reason], ["duration", t.duration_seconds, d.duration_seconds], ["session", t.session?.value ?? "", d.session?.value ?? ""],
    ["policy", sorted(t.policies), sorted(d.terms.policies)]].find(([, a, b]) => a !== b);
  return differs ? {wrong: `the API shows another ${differs[0]} than the terms have`} : {terms: t};
}

// A record's fingerprint is that of its text without the fingerprint. The text is canonical: the members have one order.
const FINGERPRINT = /^(\{"attestation_list":\[\{"chain_uid":"(?:[^"\\]|\\.)*"),"fingerprint":\{"algorithm_id":3,"encoding_id":1,"serialization_id":2,"value":"([0-9a-f]{64})"\}/;

/**
 * Checks the timeline as a chain: each record has its fingerprint and names the one before, up to the head or beyond.
 * @param {object} d an ElevationShown
 * @returns {Promise<{records: object[], wrong?: string}>} the records that could be read
 */
export async function readTimeline(d) {
  const records = [];
  let before = "";
  for (const [i, text] of d.timeline.entries()) {
    const wrong = `record ${i + 1}`;
    let record;
    try {
      record = JSON.parse(text);
    } catch {
      return {records, wrong: `${wrong} cannot be read`};
    }
    const m = FINGERPRINT.exec(text);
    const attestation = record.attestation_list?.[0];
    if (m === null || await sha256(m[1] + text.slice(m[0].length)) !== m[2]) {
      return {records, wrong: `${wrong} does not match its fingerprint`};
    }
    if (attestation?.chain_uid !== `elevation#${d.id}` || record.metadata?.sequence !== i + 1 || (attestation.prev_event?.fingerprint?.value ?? "") !== before) {
      return {records, wrong: `${wrong} does not follow the one before it`};
    }
    if (i + 1 === d.evidence.head.seq && m[2] !== d.evidence.head.hash) {
      return {records, wrong: `${wrong} is not the head that the elevation keeps`};
    }
    before = m[2];
    records.push(record);
  }
  return {records, wrong: story(d, records)};
}

// The states, and those that may follow each.
const MOVES = {
  requested: ["approved", "denied", "withdrawn", "lapsed"], approved: ["granting", "withdrawn", "lapsed", "revoking"], granting: ["active", "revoking"], active: ["revoking"],
  revoking: ["ended", "stuck"], stuck: ["ended", "stuck"], ended: [], denied: [], withdrawn: [], lapsed: [],
};
const FIRST = ["requested", "approved", "denied"];

// Tells what is wrong with a whole chain: the records up to the head begin with these terms, and lead to the state by legal moves. The
// receipt is that of the record of the end.
function story(d, records) {
  const {seq} = d.evidence.head;
  if (seq < 1 || records.length < seq) {
    return `the records after ${records.length} are missing`;
  }
  if (records[0].unmapped?.detail?.digest !== d.digest) {
    return "the first record is of other terms";
  }
  let state;
  for (const [i, record] of records.slice(0, seq).entries()) {
    const next = stateOf(record);
    if (next === undefined) {
      continue;
    }
    const may = state === undefined ? FIRST : Object.hasOwn(MOVES, state) ? MOVES[state] : [];
    if (!isRestored(record) && !may.includes(next)) {
      return `record ${i + 1} makes it ${next}, which cannot follow ${state ?? "nothing"}`;
    }
    state = next;
  }
  if (state !== d.state) {
    return `the records lead to ${state}, and the API says ${d.state}`;
  }
  return sorted(shownReceipt(d.receipt)) === sorted(recordedReceipt(d, records)) ? undefined : "the API shows another receipt than the record of the end has";
}

// Revoke follows what was refused at granting; a restored elevation says its state.
function stateOf(record) {
  const kind = kindOf(record);
  return kind === "refused" ? "revoking" : kind === "restored" ? record.unmapped?.detail?.state : Object.hasOwn(MOVES, kind) ? kind : undefined;
}

function isRestored(record) {
  return kindOf(record) === "restored";
}

function kindOf(record) {
  return String(record.metadata.event_code).replace(/^elevation\./, "");
}

const NEVER = "0001-01-01T00:00:00Z";
const MOST_CALLS = 10000;

// A record of the end omits what the terms and the record of granting have, and counts equal calls in a row.
function recordedReceipt(d, records) {
  let grant = "";
  let found;
  for (const record of records) {
    const {actor, detail = {}} = record.unmapped ?? {};
    if (kindOf(record) === "granting") {
      grant = detail.grant ?? grant;
    }
    if (kindOf(record) === "ended") {
      const runs = (Array.isArray(detail.calls) ? detail.calls : []).map(({action, at, outcome, times}) => [{action, at, outcome}, Math.max(1, Number(times ?? 1))]);
      if (runs.reduce((n, [, times]) => n + times, 0) > MOST_CALLS) {
        return null; // it is not what Revoke writes
      }
      found = shownReceipt({elevation: d.id, grant: detail.grant || grant, principal: principalOf(d), by: actor ?? "", cause: detail.cause, due: detail.due,
        calls: runs.flatMap(([call, times]) => Array(times).fill(call)), read_at: detail.read_at, seen: detail.seen, gone_at: detail.gone_at ?? detail.read_at,
        overstay_seconds: detail.overstay_seconds, digest: d.digest});
    }
  }
  return found;
}

// What is empty may be absent.
function shownReceipt(r) {
  return r && {...r, cause: r.cause || undefined, due: r.due === NEVER ? undefined : r.due, calls: r.calls ?? [], read_at: r.read_at ?? NEVER, seen: r.seen ?? "",
    gone_at: r.gone_at === NEVER ? undefined : r.gone_at, overstay_seconds: r.overstay_seconds ?? 0};
}

function principalOf(d) {
  try {
    const {arn = "", id = "", account = ""} = JSON.parse(d.terms.document).principal;
    return {arn, id, account};
  } catch {
    return {};
  }
}
