// The slider: lists as they were, and as they are.

import { getJson, Refusal } from "./api.js";
import { find, settled, table } from "./dom.js";
import { moment, word } from "./words.js";

const DAY = 24 * 3600 * 1000;
const MOVED_WAIT = 150;
const CHANGED_WAIT = 1000;
let oldest = Date.now() - DAY;
let asked = 0;
let items = [];
let refused = null;

/** What is shown of each list. */
const COLUMNS = {
  events: ["id", "title", "date", "location", "created_at"],
  people: ["id", "username", "role", "active", "created_at"],
  machines: ["id", "name", "operating_system", "status", "created_at"],
};

/** Lets the slider begin where the oldest account does. */
export async function begin() {
  const { items: first } = await getJson("/api/v1/people?limit=1");
  if (first.length) oldest = new Date(first[0].created_at).getTime() - 1000;
}

/** The moment that the slider stands at; null at its end, which is now. */
function chosen() {
  const slider = find("moment");
  if (slider.value === slider.max) return null;
  return oldest + (Date.now() - oldest) * (slider.value / slider.max);
}

const list = () => new FormData(find("past")).get("list");

/** Shows the list as of the moment chosen. Of several answers the last one asked for counts. */
export async function look() {
  const time = chosen();
  const query = new URLSearchParams({ limit: "100" });
  if (time !== null) query.set("as_of", new Date(time).toISOString());
  const mine = ++asked;
  let found = { items: [] };
  let trouble = null;
  try {
    found = await getJson(`/api/v1/${list()}?${query}`);
  } catch (error) {
    trouble = error;
  }
  if (mine !== asked) return;
  [items, refused] = [found.items, trouble];
  show();
}

/** Shows what was answered last, in the language of now. */
export function show() {
  tellMoment();
  const heads = items.length ? COLUMNS[list()].filter((name) => name in items[0]) : [];
  table(find("past-list"), heads.map(word), items.map((item) => heads.map((name) => text(name, item[name]))));
  const note = find("past-note");
  if (refused instanceof Refusal) note.textContent = `${word("failed")}${word("colon")}${refused.message}`;
  else if (refused) note.textContent = word("away");
  else note.textContent = items.length ? `${items.length} ${word("rows")}` : word("pastEmpty");
}

function tellMoment() {
  const time = chosen();
  const words = time === null ? word("now") : moment(time);
  find("moment-shown").textContent = words;
  find("moment").setAttribute("aria-valuetext", words);
  find("moment-now").hidden = time === null;
}

/** Back to the end of the slider. */
export function now() {
  find("moment").value = find("moment").max;
  moved();
}

const later = settled(look, MOVED_WAIT);

/** Whoever drags the slider is shown where they are at once, and the list where they stop. */
export function moved() {
  tellMoment();
  later();
}

const soon = settled(look, CHANGED_WAIT);

/** Something has happened: what is shown of now is not any more. */
export function changed() {
  if (chosen() === null) soon();
}

function text(name, value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return word(value ? "yes" : "no");
  return name.endsWith("_at") || name === "date" ? moment(value) : String(value);
}
