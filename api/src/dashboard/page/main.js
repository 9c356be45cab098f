// The page: who is logged in, and what they see.

import { getJson, logIn, logOut, loggedIn, person, whenEnded } from "./api.js";
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
  shown.textContent = word(state);
  shown.className = `light ${state === "connected" ? "good" : "warn"}`;
  shown.dataset.state = state;
}

function hear(name, data) {
  if (name === "message") {
    feed.take(data);
    past.changed();
  }
  if (name === "heartbeat" && data.sockets !== undefined) feed.takeSockets(data.sockets);
}

/** The history is for auditors, and how the read models fare for administrators. */
async function learnRole() {
  const { role } = await getJson(`/api/v1/people/${person()}`);
  const sees = role !== "user";
  find("history-card").hidden = !sees;
  feed.opensWith(sees ? history.openAt : null);
  health.forAdministrator(role === "admin");
  health.look();
}

function enter() {
  const inside = loggedIn();
  find("login").hidden = inside;
  for (const id of ["board", "leave", "connection"]) find(id).hidden = !inside;
  following?.abort();
  following = null;
  find("history-card").hidden = true;
  find("fact").close();
  feed.clear();
  history.clear();
  health.forAdministrator(false);
  if (!inside) return;
  following = new AbortController();
  follow({ hear, tell, signal: following.signal });
  learnRole().catch(() => null);
  past.begin().catch(() => null).finally(past.look);
}

function why(error) {
  if (error.status === 429) return "tooMany";
  return error.status === undefined || error.status >= 500 ? "away" : "refused";
}

find("login").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const refusal = find("login-refusal");
  refusal.textContent = "";
  const fields = new FormData(find("login"));
  try {
    await logIn(fields.get("name").trim(), fields.get("password"));
    find("login").reset();
    enter();
    find("content").focus();
  } catch (error) {
    refusal.textContent = word(why(error));
  }
});
find("leave").addEventListener("click", logOut);
find("language").addEventListener("change", (changed) => {
  speak(changed.target.value);
  tell(connection);
  for (const part of [feed.list, past.show, history.show, health.show]) part();
});
find("past").addEventListener("input", past.moved);
find("past").addEventListener("submit", (submitted) => submitted.preventDefault());
find("moment-now").addEventListener("click", past.now);
find("history").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  history.search();
});
find("history-more").addEventListener("click", history.page);
document.addEventListener("keydown", (pressed) => {
  const typing = pressed.target.closest?.("input, select, textarea, dialog");
  if (pressed.key !== "/" || typing || find("history-card").hidden) return;
  pressed.preventDefault();
  find("history").elements.type.focus();
});
whenEnded((asked) => {
  find("login-refusal").textContent = asked ? "" : word("over");
  enter();
  find("login").elements.name.focus();
});
find("language").value = spoken();
speak(spoken());
enter();
health.look();
setInterval(health.look, LOOK_EVERY);
