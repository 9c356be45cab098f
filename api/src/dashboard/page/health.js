// Lights: how the parts of the service are.

import { find, make } from "./dom.js";
import { word } from "./words.js";

const PARTS = ["log", "postgres", "nats", "projector", "completeness"];
const GOOD = ["up", "ready", "complete", "elsewhere", "standby"];
const UNSURE = ["unknown", "behind", "degraded"];

const colour = (state) => (GOOD.includes(state) ? "good" : UNSURE.includes(state) ? "warn" : "bad");

/** Asks and shows; what does not answer is red. */
export async function look() {
  let told = {};
  try {
    told = await (await fetch("/health/ready", { cache: "no-store" })).json();
  } catch {
    told = { log: "down" };
  }
  const shown = PARTS.filter((part) => part in told);
  find("lights").replaceChildren(...shown.map((part) =>
    make("li", { class: colour(told[part]), "data-part": part, title: told[part] }, `${word(part)} : ${told[part]}`)));
}
