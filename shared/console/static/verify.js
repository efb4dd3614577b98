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

const STATES = ["requested", "approved", "granting", "active", "revoking", "stuck", "ended", "denied", "withdrawn", "lapsed"];

// Tells what is wrong with a whole chain: the records up to the head begin with these terms, and lead to the state.
function story(d, records) {
  const {seq} = d.evidence.head;
  if (seq < 1 || records.length < seq) {
    return `the records after ${records.length} are missing`;
  }
  if (records[0].unmapped?.detail?.digest !== d.digest) {
    return "the first record is of other terms";
  }
  const state = records.slice(0, seq).map(stateOf).findLast((one) => one !== undefined);
  return state === d.state ? undefined : `the records lead to ${state}, and the API says ${d.state}`;
}

// Revoke follows what was refused at granting; a restored elevation says its state.
function stateOf(record) {
  const kind = String(record.metadata.event_code).replace(/^elevation\./, "");
  return kind === "refused" ? "revoking" : kind === "restored" ? record.unmapped?.detail?.state : STATES.find((one) => one === kind);
}
