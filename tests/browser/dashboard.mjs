// The dashboard, in a browser. Says on standard output how far it has come, and waits for a line on
// standard input where somebody else has to do something first.

import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [url, email, password, folder] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (words) => console.log(words);
const heard = async () => (await lines.next()).value;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const context = await browser.newContext({ locale: "fr-FR", viewport: { width: 1360, height: 900 } });
const page = await context.newPage();
const wrong = [];
page.on("console", (message) => {
  // A server that is away is no fault of the page's.
  const away = /Failed to load resource|net::ERR/.test(message.text());
  if (message.type() === "error" && !away) wrong.push(message.text());
});
page.on("pageerror", (error) => wrong.push(String(error)));
const picture = async (name) => {
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
};
const connected = () => page.waitForSelector("#connection[data-state=connected]", { timeout: 60_000 });
const told = (cursor) => page.waitForSelector(`#feed li[data-cursor="${cursor}"]`, { timeout: 60_000 });

try {
  await page.goto(url);
  await page.waitForSelector("#login:not([hidden])");
  await picture("1-login");
  // By the keyboard alone.
  await page.focus("#login input[name=name]");
  await page.keyboard.type(email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await connected();
  say("connected");

  await told(await heard());
  await picture("2-live");
  say("told");

  await page.waitForSelector("#connection:not([data-state=connected])", { timeout: 60_000 });
  say("cut");
  const missed = await heard();
  await connected();
  await told(missed);
  const cursors = await page.$$eval("#feed li", (items) => items.map((item) => item.dataset.cursor));
  if (new Set(cursors).size !== cursors.length) throw new Error("something was told twice");
  await page.selectOption("#language", "en");
  await page.waitForSelector("#feed li .kind:text-is('Registration')");
  await page.selectOption("#language", "fr");
  await page.waitForSelector("#feed li .kind:text-is('Inscription')");
  await picture("3-recovered");
  say(`recovered ${cursors.length}`);

  const rows = (count) => page.waitForFunction(
    (count) => document.querySelectorAll("#past-list tbody tr").length === count, count, { timeout: 60_000 });
  await rows(1);
  await page.focus("#moment");
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelector("#moment-shown").textContent.includes(":"));
  await rows(0);
  await picture("4-past");
  await page.keyboard.press("End");
  await rows(1);
  await page.locator("#feed").focus();
  await page.keyboard.press("/");
  await page.keyboard.type("event-created");
  await page.keyboard.press("Enter");
  await page.click("#history-list button");
  await page.waitForSelector("#fact[open] #fact-tree li button");
  await picture("5-fact");
  await page.keyboard.press("Escape");
  await page.click(`#feed li[data-cursor="${missed}"] button`);
  await page.waitForSelector("#fact[open] #fact-tree [aria-current]");
  await page.keyboard.press("Escape");
  say("travelled");

  // An access token that has ended, as it does each half hour.
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem("registre-session"));
    sessionStorage.setItem("registre-session", JSON.stringify({ ...session, access: "over" }));
  });
  await page.reload();
  await connected();
  await rows(1);
  say("renewed");
  await heard();
  await page.waitForSelector("#lights .bad[data-part=completeness]", { timeout: 60_000 });
  await picture("6-red");
  say("red");

  await page.selectOption("#language", "en");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForSelector("h2:text-is('Live')");
  await page.waitForSelector("#past-list th:text-is('Title')");
  await picture("7-dark-english");
  await page.setViewportSize({ width: 390, height: 844 });
  await picture("8-narrow");
  await page.click("#leave");
  await page.waitForSelector("#login:not([hidden])");
  if (wrong.length) throw new Error(wrong.join("\n"));
  say("done");
} catch (error) {
  await picture("failed").catch(() => null);
  console.error(error, wrong);
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
