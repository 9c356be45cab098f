// The search in the history, and one fact with what followed from the same request.

import { get, getJson, Refusal } from "./api.js";
import { find, make, table } from "./dom.js";
import { moment, word } from "./words.js";

const SHOWN_MAX = 200;
let purpose = "";

/** Searches for what the form says. */
export async function search() {
  const note = find("history-note");
  const query = new URLSearchParams({ limit: String(SHOWN_MAX) });
  for (const [name, value] of new FormData(find("history"))) {
    if (value === "") continue;
    const isTime = name === "from" || name === "until";
    query.set(name, isTime ? new Date(value).toISOString() : value);
  }
  purpose = query.get("purpose") ?? "";
  try {
    const text = await (await get(`/api/v1/audit/facts?${query}`)).text();
    const facts = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    const heads = ["time", "type", "stream", "actor"].map(word);
    table(find("history-list"), heads, facts.map((fact) => [
      moment(fact.time),
      make("button", { type: "button", class: "plain", onclick: () => open(fact) }, fact.type),
      fact.subject, String(fact.actor ?? ""),
    ]));
    note.textContent = facts.length === 0 ? word("none") : facts.length === SHOWN_MAX ? word("more") : `${facts.length} ${word("rows")}`;
  } catch (error) {
    find("history-list").replaceChildren();
    if (!(error instanceof Refusal)) note.textContent = word("away");
    else note.textContent = error.status === 403 ? word("forbidden") : `${word("failed")} : ${error.message}`;
  }
}

async function open(fact) {
  const { caused, ...shown } = fact;
  find("fact-title").textContent = `${shown.type} · ${shown.subject}`;
  find("fact-text").textContent = JSON.stringify(shown, null, 2);
  find("fact-tree").textContent = "…";
  find("fact").showModal();
  try {
    const query = purpose ? `?${new URLSearchParams({ purpose })}` : "";
    const trace = await getJson(`/api/v1/audit/trace/${shown.correlationid}${query}`);
    find("fact-tree").replaceChildren(tree(trace.facts, shown.cursor));
  } catch {
    find("fact-tree").textContent = word("noTrace");
  }
}

function tree(facts, current) {
  return make("ul", {}, ...facts.map((fact) => make("li", {},
    make("button", {
      type: "button", class: "plain", "aria-current": fact.cursor === current ? "true" : undefined,
      onclick: () => { find("fact-title").textContent = `${fact.type} · ${fact.subject}`; const { caused, ...shown } = fact; find("fact-text").textContent = JSON.stringify(shown, null, 2); },
    }, `${fact.type} — ${fact.subject}`),
    fact.caused.length ? tree(fact.caused, current) : null)));
}
