// What happens, as it happens: the list, the counters and the chart.

import { find, make } from "./dom.js";
import { clock, word } from "./words.js";

const SHOWN_MAX = 200;
const BAR_MS = 5000;
const BARS = 60;

const counts = { "user.registered.v1": 0, "user.login.v1": 0, "new_message.v1": 0 };
const NAMES = { "user.registered.v1": "registrations", "user.login.v1": "logins", "new_message.v1": "messages" };
let sockets = null;
let bars = Array(BARS).fill(0);
let barAt = Math.floor(Date.now() / BAR_MS);

function sentence({ type, data }) {
  const who = data.user_id ?? data.reader_id ?? data.sender_id;
  const words = `${word(type)} — ${word("number")} ${who}`;
  if (type !== "new_message.v1") return words;
  return `${word(type)} ${word("by")} ${word("number")} ${who} : ${data.content ?? word("erased")}`;
}

/** Takes note of one fact. */
export function take(fact) {
  counts[fact.type] = (counts[fact.type] ?? 0) + 1;
  turn();
  bars[BARS - 1] += 1;
  const line = make("li", { class: "new", "data-cursor": fact.cursor },
    make("time", { datetime: fact.time }, clock(fact.time)), sentence(fact));
  find("feed").prepend(line);
  while (find("feed").childElementCount > SHOWN_MAX) find("feed").lastElementChild.remove();
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
  if (passed > 0) bars = [...bars.slice(passed), ...Array(passed).fill(0)];
  barAt = now;
}

/** Shows counters and chart as they are now. */
export function show() {
  turn();
  find("feed-empty").hidden = find("feed").childElementCount > 0;
  const figures = Object.entries(NAMES).map(([kind, name]) => [name, counts[kind]]);
  figures.push(["sockets", sockets ?? "–"]);
  find("figures").replaceChildren(...figures.map(([name, count]) =>
    make("div", {}, make("dt", {}, word(name)), make("dd", { id: `count-${name}` }, String(count)))));
  const chart = find("chart");
  const most = Math.max(4, ...bars);
  const space = "http://www.w3.org/2000/svg";
  chart.replaceChildren(...bars.map((count, index) => {
    const bar = document.createElementNS(space, "rect");
    const height = (count / most) * 76;
    const place = { x: index * 5 + 0.5, y: 80 - height, width: 4, height };
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
    return bar;
  }));
  chart.setAttribute("aria-label", `${word("chartNote")} : ${bars.reduce((sum, count) => sum + count, 0)}`);
}

setInterval(show, BAR_MS);
