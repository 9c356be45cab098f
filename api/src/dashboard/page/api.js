// The public API, as whoever is logged in.

const KEPT = "registre-session";
let session = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
let ended = () => {};

/** A refusal of the service. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? problem?.title ?? String(status));
    this.status = status;
  }
}

export const loggedIn = () => session !== null;
export const whenEnded = (hear) => { ended = hear; };

function keep(answer) {
  session = { access: answer.access_token, refresh: answer.refresh_token ?? null };
  sessionStorage.setItem(KEPT, JSON.stringify(session));
}

function forget() {
  session = null;
  sessionStorage.removeItem(KEPT);
  ended();
}

export async function logIn(email, password) {
  const answer = await send("POST", "/login", { email, password });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
  keep(await answer.json());
}

export async function logOut() {
  await send("POST", "/auth/logout").catch(() => null);
  forget();
}

let renewing = null;

/** A newer token; several that ask at once get the same. False when there is none to be had. */
export function renew() {
  renewing ??= (async () => {
    if (!session?.refresh) return false;
    const answer = await send("POST", "/api/v1/sessions/refresh", { refresh_token: session.refresh });
    if (!answer.ok) return false;
    keep(await answer.json());
    return true;
  })().catch(() => false).finally(() => { renewing = null; });
  return renewing;
}

function send(method, path, body, signal) {
  const headers = {};
  if (session) headers.authorization = `Bearer ${session.access}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  return fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal, cache: "no-store" });
}

/** The answer to `GET path`; with a newer token where the old one has ended. */
export async function get(path, signal) {
  let answer = await send("GET", path, undefined, signal);
  if (answer.status === 401 && await renew()) answer = await send("GET", path, undefined, signal);
  if (answer.status === 401) forget();
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
  return answer;
}

export const getJson = async (path) => (await get(path)).json();
