// Sign-in by OpenID Connect: code flow with PKCE (RFC 7636). Tokens stay in memory: whoever reloads signs in again.

import {hear, now} from "./clock.js";

const KEPT = "curfew.signin"; // in sessionStorage, until the issuer leads back
const ATTEMPT = 15 * 60 * 1000; // milliseconds that a sign-in may take
const SKEW = 60; // seconds

/** Why a sign-in failed. */
export class SignInError extends Error {}

/**
 * @typedef {object} Config
 * @property {string} issuer
 * @property {string} audience
 * @property {string} console_client
 * @property {string[]} scopes
 */

async function json(url, what, init = {}) {
  const sent = Date.now();
  let answer, value;
  try {
    answer = await fetch(url, {credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(20000), ...init});
    value = await answer.json();
  } catch (e) {
    throw new SignInError(`${what} does not answer as it should (${e.name}). Try again; if it goes on, tell those who run Curfew.`);
  }
  if (new URL(url, location.href).origin === location.origin) {
    hear(answer.headers.get("Date"), sent);
  }
  if (!answer.ok || value === null || typeof value !== "object") {
    const why = [value?.error, value?.error_description].filter((v) => typeof v === "string").join(": ");
    throw new SignInError(`${what} refused: ${why || `HTTP ${answer.status}`}`);
  }
  return value;
}

/**
 * Reads the settings of this installation.
 * @returns {Promise<Config>}
 */
export function readConfig() {
  return json("/console/config.json", "This server");
}

// An endpoint is https, or of this machine if the page is.
function endpoint(text, name) {
  const url = URL.parse(String(text ?? ""));
  const here = url?.origin === location.origin && location.protocol === "http:";
  if (!url || (url.protocol !== "https:" && !here) || url.username || url.password || url.hash) {
    throw new SignInError(`The issuer's ${name} is not an https URL. Tell those who run it.`);
  }
  return url;
}

async function discover(config) {
  if (!config.issuer || !config.console_client) {
    throw new SignInError("This installation has no sign-in for this page: set the settings jwtIssuer and consoleClient.");
  }
  const found = await json(`${config.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, "The issuer");
  if (found.issuer !== config.issuer) {
    throw new SignInError("The issuer's configuration names another issuer. Do not sign in; tell those who run it.");
  }
  return {
    authorize: endpoint(found.authorization_endpoint, "authorization endpoint"),
    token: endpoint(found.token_endpoint, "token endpoint"),
    revoke: found.revocation_endpoint === undefined ? undefined : endpoint(found.revocation_endpoint, "revocation endpoint"),
    sendsIssuer: found.authorization_response_iss_parameter_supported === true,
  };
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function redirectURI() {
  return `${location.origin}/`;
}

/**
 * Leaves for the issuer. The page comes back with the same hash.
 * @param {Config} config
 * @param {{fresh?: boolean, hash?: string}} [how] fresh: the issuer asks again, even of who is signed in; hash: another to come back to
 */
export async function begin(config, how = {}) {
  const at = await discover(config);
  const kept = {state: random(), nonce: random(), verifier: random(), hash: how.hash ?? location.hash, began: Date.now(), fresh: how.fresh === true};
  const q = at.authorize.searchParams;
  q.set("response_type", "code");
  q.set("client_id", config.console_client);
  q.set("redirect_uri", redirectURI());
  q.set("scope", config.scopes.join(" "));
  q.set("state", kept.state);
  q.set("nonce", kept.nonce);
  q.set("code_challenge", await challenge(kept.verifier));
  q.set("code_challenge_method", "S256");
  if (kept.fresh) {
    q.set("max_age", "0");
  }
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  location.assign(at.authorize.href);
}

// Reads the attempt once: a code that comes again finds nothing.
function take() {
  const text = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Ends a sign-in, if the issuer led here. The code leaves the address at once.
 * @param {Config} config
 * @returns {Promise<Session | undefined>} undefined: the issuer did not lead here
 */
export async function finish(config) {
  const q = new URLSearchParams(location.search);
  if (!q.has("code") && !q.has("error") && !q.has("state")) {
    if (location.search !== "") {
      history.replaceState(null, "", `/${location.hash}`);
    }
    return undefined;
  }
  const kept = take();
  const mine = kept !== undefined && q.get("state") === kept.state && q.getAll("state").length === 1;
  history.replaceState(null, "", mine && /^#\/[!-~]*$/.test(kept.hash) ? `/${kept.hash}` : "/");
  if (!mine || Date.now() - kept.began > ATTEMPT) {
    throw new SignInError("This answer belongs to no sign-in that this window began in the last 15 minutes. It was not used. Sign in again.");
  }
  const at = await discover(config);
  if (q.has("iss") ? q.get("iss") !== config.issuer : at.sendsIssuer) { // RFC 9207
    throw new SignInError("The answer is from another issuer. It was not used. Tell those who run Curfew.");
  }
  if (q.has("error")) {
    throw new SignInError(`The issuer did not sign you in: ${[q.get("error"), q.get("error_description")].filter(Boolean).join(": ")}`);
  }
  const tokens = await exchange(at, config, {grant_type: "authorization_code", code: q.get("code") ?? "", redirect_uri: redirectURI(), code_verifier: kept.verifier});
  const claims = check(tokens.id_token, config);
  if (claims.nonce !== kept.nonce) {
    throw new SignInError("The token is for another sign-in (nonce). It was not used. Sign in again.");
  }
  if (kept.fresh && typeof claims.auth_time === "number" && claims.auth_time < kept.began / 1000 - 5 * SKEW) {
    throw new SignInError("The issuer did not ask you to sign in again. Sign out there, then try again.");
  }
  return new Session(config, at, tokens, claims);
}

function exchange(at, config, parameters) {
  return json(at.token.href, "The issuer", {method: "POST", body: new URLSearchParams({...parameters, client_id: config.console_client})});
}

/**
 * Reads a token's claims. Its signature is not checked here: the API does that.
 * @param {unknown} token
 * @returns {Object<string, any> | undefined} undefined: it is no JWT
 */
export function claimsOf(token) {
  try {
    const [, payload, signature, more] = String(token).split(".");
    if (!signature || more !== undefined) {
      return undefined;
    }
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder("utf-8", {fatal: true}).decode(bytes));
    return claims !== null && typeof claims === "object" ? claims : undefined;
  } catch {
    return undefined;
  }
}

function names(aud) {
  return Array.isArray(aud) ? aud : [aud];
}

// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation: a token that comes from the issuer itself over TLS needs no
// check of its signature.
function check(token, config) {
  const c = claimsOf(token);
  const client = config.console_client;
  if (c === undefined || typeof c.sub !== "string") {
    throw new SignInError("The issuer gave no ID token. The scope openid is needed.");
  }
  if (c.iss !== config.issuer) {
    throw new SignInError("The ID token is from another issuer. It was not used.");
  }
  if (!names(c.aud).includes(client) || (c.azp !== undefined && c.azp !== client)) {
    throw new SignInError("The ID token is for another client. It was not used.");
  }
  if (typeof c.exp !== "number" || c.exp < now() / 1000 - SKEW) {
    throw new SignInError("The ID token is over. Check this machine's clock, and sign in again.");
  }
  return c;
}

// The API accepts one audience: in aud, or in client_id of an access token without aud.
function forAPI(tokens, config) {
  const wanted = config.audience;
  const access = claimsOf(tokens.access_token);
  if (access?.iss === config.issuer && (access.aud === undefined ? access.client_id === wanted : names(access.aud).includes(wanted))) {
    return {token: tokens.access_token, claims: access};
  }
  const id = claimsOf(tokens.id_token);
  if (id !== undefined && names(id.aud).includes(wanted)) {
    return {token: tokens.id_token, claims: id};
  }
  if (access === undefined && typeof tokens.access_token === "string" && tokens.access_token !== "") { // opaque, which RFC 6749 section 1.4 allows
    return {token: tokens.access_token, claims: {exp: now() / 1000 + Number(tokens.expires_in ?? 300)}};
  }
  throw new SignInError(`The issuer gave no token for the audience ${wanted}. Tell those who run Curfew: the setting jwtAudience names it.`);
}

/** A person's tokens, in memory. */
export class Session {
  #config; #at; #token; #claims; #refresh; #renewing;

  constructor(config, at, tokens, id) {
    this.#config = config;
    this.#at = at;
    this.subject = id.sub;
    this.#keep(tokens);
  }

  #keep(tokens) {
    const {token, claims} = forAPI(tokens, this.#config);
    this.#token = token;
    this.#claims = claims;
    this.#refresh = typeof tokens.refresh_token === "string" ? tokens.refresh_token : this.#refresh;
  }

  /** Returns the seconds that the token is good for. */
  get left() {
    return Number(this.#claims.exp ?? 0) - now() / 1000;
  }

  /**
   * Returns a token for the API, renewed if the issuer allows it.
   * @returns {Promise<string>}
   */
  async token() {
    if (this.left > SKEW || this.#refresh === undefined) {
      return this.#token;
    }
    this.#renewing ??= this.#renew().finally(() => { this.#renewing = undefined; });
    await this.#renewing;
    return this.#token;
  }

  /** Gives the tokens up, where the issuer takes them back (RFC 7009). It does not fail: they end by themselves too. */
  async end() {
    const token = this.#refresh ?? this.#token;
    this.#refresh = undefined;
    this.#token = "";
    if (this.#at.revoke !== undefined) {
      await fetch(this.#at.revoke.href, {method: "POST", body: new URLSearchParams({token, client_id: this.#config.console_client}), credentials: "omit", referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(3000)}).catch(() => undefined);
    }
  }

  async #renew() {
    try {
      const tokens = await exchange(this.#at, this.#config, {grant_type: "refresh_token", refresh_token: this.#refresh});
      if (tokens.id_token !== undefined && check(tokens.id_token, this.#config).sub !== this.subject) {
        throw new SignInError("The renewed token is of another person. It was not used.");
      }
      this.#keep(tokens);
    } catch (e) {
      this.#refresh = undefined; // the present token is used until the API refuses it
      if (this.left <= 0) {
        throw e;
      }
    }
  }
}
