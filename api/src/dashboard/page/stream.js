// The native stream as server-sent events, read by hand: a reader of the browser's own cannot send
// who it is. It goes on from the last cursor, however often it is cut.

import { get, renew } from "./api.js";

const PAUSE_MIN = 500;
const PAUSE_MAX = 8000;

/** Follows until `signal`; `hear(name, data)` for each event, `tell(state)` for the connection. */
export async function follow({ hear, tell, signal }) {
  let since = null;
  let pause = PAUSE_MIN;
  while (!signal.aborted) {
    tell("connecting");
    try {
      const answer = await get(`/api/v1/stream${since ? `?since=${encodeURIComponent(since)}` : ""}`, signal);
      tell("connected");
      for await (const event of events(answer.body)) {
        pause = PAUSE_MIN;
        if (event.name === "expiring") await renew();
        // A newer token opens a newer stream; nothing is lost between the two.
        if (event.name === "hello" && since === null) since = event.data.head;
        if (event.id) since = event.id;
        hear(event.name, event.data);
        if (event.name === "expiring") break;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) return;
      if (error.status === 410) {
        since = null;
        tell("gone");
      }
    }
    if (signal.aborted) return;
    tell("lost");
    await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random() / 2)));
    pause = Math.min(pause * 2, PAUSE_MAX);
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
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
