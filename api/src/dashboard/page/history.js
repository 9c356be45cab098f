// The search in the history, and one fact with what followed from the same request.

import { get, getJson, Refusal } from "./api.js";
import { find, make, table } from "./dom.js";
import { moment, word } from "./words.js";

const PAGE = 200;
let facts = null;
let asked = null;
let more = false;
let refused = null;

const purposed = () => {
  const purpose = asked?.get("purpose") ?? "";
  return purpose ? `?${new URLSearchParams({ purpose })}` : "";
};

/** Searches for what the form says. */
export async function search() {
  asked = new URLSearchParams({ limit: String(PAGE) });
  for (const [name, value] of new FormData(find("history"))) {
    if (value === "") continue;
    const isTime = name === "from" || name === "until";
    asked.set(name, isTime ? new Date(value).toISOString() : value);
  }
  facts = [];
  await page();
}

/** Brings what follows the last fact that is shown. */
export async function page() {
  const mine = asked;
  const query = new URLSearchParams(mine);
  if (facts.length) query.set("after", facts.at(-1).cursor);
  find("history-note").textContent = word("searching");
  try {
    const text = await (await get(`/api/v1/audit/facts?${query}`)).text();
    const found = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    if (mine !== asked) return;
    facts.push(...found);
    more = found.length === PAGE;
    refused = null;
  } catch (error) {
    if (mine !== asked) return;
    more = false;
    refused = error;
  }
  show();
}

/** Shows what was found last, in the language of now. */
export function show() {
  const note = find("history-note");
  find("history-more").hidden = !more;
  if (facts === null) {
    note.textContent = word("historyEmpty");
    return;
  }
  const heads = facts.length ? ["time", "type", "stream", "actor"].map(word) : [];
  table(find("history-list"), heads, facts.map((fact) => [
    moment(fact.time),
    make("button", { type: "button", class: "plain", onclick: () => open(fact) }, fact.type),
    fact.subject, String(fact.actor ?? ""),
  ]));
  if (refused instanceof Refusal) note.textContent = `${word("failed")}${word("colon")}${refused.message}`;
  else if (refused) note.textContent = word("away");
  else note.textContent = facts.length ? `${facts.length} ${word("rows")}` : word("none");
}

/** Whoever logs in next has searched for nothing. */
export function clear() {
  [facts, asked, more, refused] = [null, null, false, null];
  find("history-list").replaceChildren();
  show();
}

/** Shows the fact that stands at `cursor`. */
export async function openAt(cursor) {
  try {
    await open(await getJson(`/api/v1/audit/facts/${cursor}${purposed()}`));
  } catch (error) {
    find("history-note").textContent = error instanceof Refusal ? `${word("failed")}${word("colon")}${error.message}` : word("away");
  }
}

function tell({ caused, ...fact }) {
  find("fact-title").textContent = `${fact.type} · ${fact.subject}`;
  find("fact-text").textContent = JSON.stringify(fact, null, 2);
}

async function open(fact) {
  tell(fact);
  find("fact-tree").textContent = "…";
  if (!find("fact").open) find("fact").showModal();
  try {
    const trace = await getJson(`/api/v1/audit/trace/${fact.correlationid}${purposed()}`);
    find("fact-tree").replaceChildren(tree(trace.facts, fact.cursor));
  } catch {
    find("fact-tree").textContent = word("noTrace");
  }
}

function choose(fact, button) {
  tell(fact);
  for (const other of find("fact-tree").querySelectorAll("button")) other.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
}

function tree(found, current) {
  return make("ul", {}, ...found.map((fact) => make("li", {},
    make("button", {
      type: "button", class: "plain", "aria-current": fact.cursor === current ? "true" : undefined,
      onclick: (clicked) => choose(fact, clicked.currentTarget),
    }, `${fact.type} — ${fact.subject}`),
    fact.caused.length ? tree(fact.caused, current) : null)));
}
