// The public API, as whoever is logged in. The session is renewed for as long as the page is open.

const KEPT = "registre-session";
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
let session = kept?.id ? kept : null;
let ended = () => {};

/** A refusal of the service. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? problem?.title ?? String(status));
    this.status = status;
  }
}

const refusal = async (answer) => new Refusal(answer.status, await answer.json().catch(() => null));

export const loggedIn = () => session !== null;
/** Who is logged in, by number. */
export const person = () => session?.person;
/** `hear(asked)` when the session is over; `asked` where somebody wanted that. */
export const whenEnded = (hear) => { ended = hear; };

function keep(answer) {
  session = {
    id: answer.session_id, person: answer.person_id,
    access: answer.access_token, refresh: answer.refresh_token,
  };
  sessionStorage.setItem(KEPT, JSON.stringify(session));
}

function forget(asked) {
  if (!session) return;
  session = null;
  sessionStorage.removeItem(KEPT);
  ended(asked);
}

/** By an address or a phone number. */
export async function logIn(name, password) {
  const by = name.includes("@") ? { email: name } : { phone_number: name };
  const answer = await send("POST", "/api/v1/sessions", { ...by, password });
  if (!answer.ok) throw await refusal(answer);
  keep(await answer.json());
}

export async function logOut() {
  await send("DELETE", `/api/v1/sessions/${session.id}`).catch(() => null);
  forget(true);
}

let renewing = null;

/** Gets a newer token; several that ask at once get the same. What is refused for good is over. */
export function renew() {
  renewing ??= (async () => {
    const answer = await send("POST", "/api/v1/sessions/refresh", { refresh_token: session.refresh });
    if (answer.status === 401) forget(false);
    if (!answer.ok) throw await refusal(answer);
    keep(await answer.json());
  })().finally(() => { renewing = null; });
  return renewing;
}

function send(method, path, body, signal) {
  const headers = {};
  if (session) headers.authorization = `Bearer ${session.access}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  return fetch(path, { method, headers, body: text, signal, cache: "no-store" });
}

/** The answer to `GET path`; with a newer token where the old one has ended. */
export async function get(path, signal) {
  if (!session) throw new Refusal(401);
  let answer = await send("GET", path, undefined, signal);
  if (answer.status === 401) {
    await renew();
    answer = await send("GET", path, undefined, signal);
  }
  if (answer.status === 401) forget(false);
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

export const getJson = async (path) => (await get(path)).json();
