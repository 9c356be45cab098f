// The slider: lists as they were.

import { getJson, Refusal } from "./api.js";
import { find, table } from "./dom.js";
import { moment, word } from "./words.js";

const DAY = 24 * 3600 * 1000;
let oldest = Date.now() - DAY;
let asked = 0;

/** The moment that the slider stands at; null at its end, which is now. */
function chosen() {
  const slider = find("moment");
  if (slider.value === slider.max) return null;
  return oldest + (Date.now() - oldest) * (slider.value / slider.max);
}

/** Lets the slider begin where the history of the first account does. */
export function beginAt(time) {
  oldest = Math.min(oldest, new Date(time).getTime() - 1000);
}

export const beginFrom = (time) => { oldest = new Date(time).getTime() - 1000; };

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
    const heads = Object.keys(items[0] ?? {}).filter((name) => name !== "organizer");
    table(find("past-list"), heads, items.map((item) => heads.map((name) => text(item[name]))));
    find("past-note").textContent = items.length ? `${items.length} ${word("rows")}` : word("none");
  } catch (error) {
    if (mine !== asked) return;
    find("past-list").replaceChildren();
    find("past-note").textContent = error instanceof Refusal ? `${word("failed")} : ${error.message}` : word("away");
  }
}

const text = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
