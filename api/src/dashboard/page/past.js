// The slider: lists as they were.

import { getJson, Refusal } from "./api.js";
import { find, table } from "./dom.js";
import { moment, word } from "./words.js";

const DAY = 24 * 3600 * 1000;
let oldest = Date.now() - DAY;
let asked = 0;

/** What is shown of each list. */
const COLUMNS = {
  events: ["id", "title", "date", "location", "created_at"],
  people: ["id", "username", "role", "active", "created_at"],
  machines: ["id", "name", "operating_system", "status", "created_at"],
};

/** Lets the slider begin where the oldest account does. */
export async function begin() {
  const { items } = await getJson("/api/v1/people?limit=1");
  if (items.length) oldest = new Date(items[0].created_at).getTime() - 1000;
}

/** The moment that the slider stands at; null at its end, which is now. */
function chosen() {
  const slider = find("moment");
  if (slider.value === slider.max) return null;
  return oldest + (Date.now() - oldest) * (slider.value / slider.max);
}

/** Shows the list as of the moment chosen. Of several answers the last one asked for counts. */
export async function show() {
  const time = chosen();
  find("moment-shown").textContent = time === null ? word("now") : moment(time);
  const list = new FormData(find("past")).get("list");
  const query = new URLSearchParams({ limit: "100" });
  if (time !== null) query.set("as_of", new Date(time).toISOString());
  const mine = ++asked;
  try {
    const { items } = await getJson(`/api/v1/${list}?${query}`);
    if (mine !== asked) return;
    const heads = COLUMNS[list].filter((name) => items.length === 0 || name in items[0]);
    table(find("past-list"), heads.map(word), items.map((item) => heads.map((name) => text(name, item[name]))));
    find("past-note").textContent = items.length ? `${items.length} ${word("rows")}` : word("none");
  } catch (error) {
    if (mine !== asked) return;
    find("past-list").replaceChildren();
    find("past-note").textContent = error instanceof Refusal ? `${word("failed")} : ${error.message}` : word("away");
  }
}

const text = (name, value) => (value === null || value === undefined ? "" : name.endsWith("_at") ? moment(value) : String(value));
