// What happens, as it happens: the list, the counters and the chart.

import { find, make, paint } from "./dom.js";
import { clock, word } from "./words.js";

const SHOWN_MAX = 200;
const BAR_MS = 5000;
const BARS = 60;
const BARS_A_MINUTE = 60_000 / BAR_MS;

/** What is counted: its figure, and its colour in the chart. */
const KINDS = {
  "user.registered.v1": "registrations", "user.login.v1": "logins",
  "new_message.v1": "messages", "message_read.v1": "readings",
};
const counts = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0]));
const empty = () => Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0]));
const sum = (bar) => Object.values(bar).reduce((all, one) => all + one, 0);

let sockets = null;
let facts = [];
let unseen = 0;
let open = null;
let bars = Array.from({ length: BARS }, empty);
let barAt = Math.floor(Date.now() / BAR_MS);

/** `opener(cursor)` shows one fact, for whoever may see the history; null for others. */
export function opensWith(opener) {
  open = opener;
  list();
}

/** Nothing has been heard by whoever logs in next. */
export function clear() {
  facts = [];
  list();
}

function sentence({ type, data }) {
  const number = (id) => `${word("number")} ${id}`;
  switch (type) {
    case "new_message.v1": return `${word("by")} ${number(data.sender_id)}${word("colon")}${data.content ?? word("erased")}`;
    case "message_read.v1": return `${number(data.message_id)}, ${word("by")} ${number(data.reader_id)}`;
    default: return number(data.user_id);
  }
}

function line(fact, fresh) {
  const named = { class: `kind ${KINDS[fact.type] ?? ""}` };
  const name = open
    ? make("button", { ...named, type: "button", class: `${named.class} plain`, onclick: () => open(fact.cursor) }, word(fact.type))
    : make("span", named, word(fact.type));
  return make("li", { class: fresh ? "new" : undefined, "data-cursor": fact.cursor },
    make("time", { datetime: fact.time }, clock(fact.time)), name, make("span", { class: "said" }, sentence(fact)));
}

/** Takes note of one fact. */
export function take(fact) {
  counts[fact.type] = (counts[fact.type] ?? 0) + 1;
  turn();
  bars[BARS - 1][fact.type] = (bars[BARS - 1][fact.type] ?? 0) + 1;
  facts.unshift(fact);
  facts.length = Math.min(facts.length, SHOWN_MAX);
  find("feed").prepend(line(fact, true));
  while (find("feed").childElementCount > SHOWN_MAX) find("feed").lastElementChild.remove();
  if (document.hidden) unseen += 1;
  show();
}

/** Takes note of how many follow. */
export function takeSockets(number) {
  sockets = number;
  show();
}

function turn() {
  const now = Math.floor(Date.now() / BAR_MS);
  const passed = Math.min(now - barAt, BARS);
  if (passed > 0) bars = [...bars.slice(passed), ...Array.from({ length: passed }, empty)];
  barAt = now;
}

/** Writes the list anew, in the language of now. */
export function list() {
  find("feed").replaceChildren(...facts.map((fact) => line(fact, false)));
  show();
}

/** Shows counters and chart as they are now. */
export function show() {
  turn();
  find("feed-empty").hidden = facts.length > 0;
  document.title = unseen > 0 ? `(${unseen}) Registre` : "Registre";
  const figures = Object.entries(KINDS).map(([kind, name]) => [name, counts[kind]]);
  figures.push(["rate", bars.slice(-BARS_A_MINUTE).reduce((all, bar) => all + sum(bar), 0)], ["sockets", sockets ?? "–"]);
  find("figures").replaceChildren(...figures.map(([name, count]) =>
    make("div", { class: `kind ${name}` }, make("dt", {}, word(name)), make("dd", { id: `count-${name}` }, String(count)))));
  const most = Math.max(4, ...bars.map(sum));
  const shapes = [0.5, 1].map((part) => paint("line", { x1: 0, x2: 300, y1: 80 - 76 * part, y2: 80 - 76 * part }));
  bars.forEach((bar, index) => {
    let top = 80;
    for (const [kind, name] of Object.entries(KINDS)) {
      const height = (bar[kind] / most) * 76;
      if (height > 0) shapes.push(paint("rect", { class: name, x: index * 5 + 0.5, y: top - height, width: 4, height }));
      top -= height;
    }
  });
  find("chart").replaceChildren(...shapes);
  find("chart-most").textContent = String(most);
  find("chart").setAttribute("aria-label", `${word("chartNote")}${word("colon")}${bars.reduce((all, bar) => all + sum(bar), 0)}`);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) unseen = 0;
  show();
});
setInterval(show, BAR_MS);
