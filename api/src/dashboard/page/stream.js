// The native stream as server-sent events, read by hand: a reader of the browser's own cannot send
// who it is. It goes on from the last cursor, however often it is cut.

import { get, renew } from "./api.js";

const PAUSE_MIN = 500;
const PAUSE_MAX = 8000;
// Heartbeats come every fifteen seconds: a connection that brings none is dead, and does not know it.
const SILENCE_MAX = 40_000;

/** Follows until `signal`; `hear(name, data)` for each event, `tell(state)` for the connection. */
export async function follow({ hear, tell, signal }) {
  const place = { since: null };
  let pause = PAUSE_MIN;
  tell("connecting");
  while (!signal.aborted) {
    const cut = new AbortController();
    try {
      const query = place.since ? `?since=${encodeURIComponent(place.since)}` : "";
      const answer = await get(`/api/v1/stream${query}`, AbortSignal.any([signal, cut.signal]));
      tell("connected");
      pause = PAUSE_MIN;
      // A newer token opens a newer stream; nothing is lost between the two.
      if (await listen(answer.body, place, hear, cut)) continue;
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      if (error.status === 410) {
        place.since = null;
        tell("gone");
      }
    } finally {
      cut.abort();
    }
    if (signal.aborted) return;
    tell("lost");
    await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random() / 2)));
    pause = Math.min(pause * 2, PAUSE_MAX);
  }
}

/** Hears until the connection ends; true where there is a newer token to go on with. */
async function listen(body, place, hear, cut) {
  for await (const { name, id, data } of events(body, cut)) {
    if (name === "hello" && place.since === null) place.since = data.head;
    if (id) place.since = id;
    hear(name, data);
    if (name === "expiring" && await renew().then(() => true, () => false)) return true;
  }
  return false;
}

async function* events(body, cut) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const silence = setTimeout(() => cut.abort(), SILENCE_MAX);
      const { value, done } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      rest += value;
      for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
        const fields = new Map(rest.slice(0, end).split("\n").map((line) => line.split(/: (.*)/s)));
        if (fields.has("data")) {
          yield { name: fields.get("event") ?? "message", id: fields.get("id"), data: JSON.parse(fields.get("data")) };
        }
      }
    }
  } finally {
    reader.cancel().catch(() => null);
  }
}
