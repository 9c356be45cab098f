// The page: who is logged in, and what they see.

import { logIn, logOut, loggedIn, whenEnded } from "./api.js";
import { find } from "./dom.js";
import * as feed from "./feed.js";
import * as health from "./health.js";
import * as history from "./history.js";
import * as past from "./past.js";
import { follow } from "./stream.js";
import { speak, spoken, word } from "./words.js";

const LOOK_EVERY = 5000;
let following = null;
let connection = "connecting";

function tell(state) {
  connection = state;
  const shown = find("connection");
  shown.textContent = loggedIn() ? word(state) : "";
  shown.className = `light ${state === "connected" ? "good" : "warn"}`;
  shown.dataset.state = state;
  shown.hidden = !loggedIn();
}

function hear(name, data) {
  if (name === "message") feed.take(data);
  if (name === "heartbeat" && data.sockets !== undefined) feed.takeSockets(data.sockets);
}

function enter() {
  const inside = loggedIn();
  find("login").hidden = inside;
  find("board").hidden = !inside;
  find("leave").hidden = !inside;
  following?.abort();
  following = null;
  tell("connecting");
  if (!inside) return;
  following = new AbortController();
  follow({ hear, tell, signal: following.signal });
  feed.show();
  past.begin().catch(() => null).finally(past.show);
}

find("login").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const refusal = find("login-refusal");
  refusal.textContent = "";
  const fields = new FormData(find("login"));
  try {
    await logIn(fields.get("email"), fields.get("password"));
    find("login").reset();
    enter();
    find("content").focus();
  } catch (error) {
    refusal.textContent = word(error.status === 429 ? "tooMany" : error.status === undefined || error.status >= 500 ? "away" : "refused");
  }
});
find("leave").addEventListener("click", logOut);
find("language").addEventListener("change", (changed) => {
  speak(changed.target.value);
  tell(connection);
  feed.show();
  past.show();
  health.look();
});
find("past").addEventListener("input", past.show);
find("past").addEventListener("submit", (submitted) => submitted.preventDefault());
find("history").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  history.search();
});
whenEnded(enter);
find("language").value = spoken();
speak(spoken());
enter();
health.look();
setInterval(health.look, LOOK_EVERY);
