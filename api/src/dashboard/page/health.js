// Lights: how the parts of the service are. Administrators see the lag and what waits, too.

import { getJson } from "./api.js";
import { find, make } from "./dom.js";
import { word } from "./words.js";

const PARTS = ["log", "postgres", "nats", "projector", "completeness"];
const GOOD = ["up", "complete", "elsewhere", "standby"];
const UNSURE = ["unknown", "behind"];

let asksMore = false;
let told = {};
let standing = null;

const colour = (state) => (GOOD.includes(state) ? "good" : UNSURE.includes(state) ? "warn" : "bad");

/** Whether the one who looks is an administrator. */
export function forAdministrator(is) {
  asksMore = is;
  standing = null;
}

/** Asks and shows; what does not answer is red. */
export async function look() {
  const ready = fetch("/health/ready", { cache: "no-store" }).then((answer) => answer.json());
  const more = asksMore ? getJson("/api/v1/projections") : Promise.resolve(null);
  [told, standing] = await Promise.all([ready.catch(() => ({ log: "down" })), more.catch(() => null)]);
  show();
}

function light(part, state, shade, words) {
  return make("li", { class: shade, "data-part": part, "data-state": state }, make("span", {}, word(part) + word("colon") + words));
}

/** Shows what was told last. */
export function show() {
  const lights = PARTS.filter((part) => part in told).map((part) =>
    light(part, told[part], colour(told[part]), word(told[part])));
  if (standing?.behind === null) lights.push(light("lag", "unknown", "warn", word("unknown")));
  else if (standing) {
    const { facts, seconds } = standing.behind;
    const shade = seconds > 15 ? "bad" : seconds > 2 ? "warn" : "good";
    lights.push(light("lag", String(facts), shade, `${facts} · ${seconds.toFixed(1)} s`));
  }
  if (told.quarantined === null) lights.push(light("quarantine", "unknown", "warn", word("unknown")));
  else if (told.quarantined > 0) lights.push(light("quarantine", String(told.quarantined), "bad", String(told.quarantined)));
  find("lights").replaceChildren(...lights);
}
