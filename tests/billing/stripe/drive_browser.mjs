// node --experimental-websocket drive_browser.mjs CHROMIUM URL COOKIE_NAME COOKIE_VALUE
// Opens a page with Stripe's fields, stores the method that the fields offer first, and prints where it ends up.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [chromium, url, name, value] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "browser-"));
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", `--user-data-dir=${home}`];
const browser = spawn(chromium, [...flags, "about:blank"]);
const blocked = [];

const address = await new Promise((resolve) => {
  browser.stderr.on("data", (text) => {
    const found = /DevTools listening on (\S+)/.exec(text);
    if (found) resolve(found[1]);
  });
});
const socket = new WebSocket(address);
await new Promise((resolve) => socket.addEventListener("open", resolve));

const waiting = new Map();
let number = 0;
let session;
socket.addEventListener("message", ({ data }) => {
  const told = JSON.parse(data);
  if (told.id) waiting.get(told.id)(told.result);
  if (told.method === "Log.entryAdded" && told.params.entry.level === "error") blocked.push(told.params.entry.text);
});
const ask = (method, params = {}) =>
  new Promise((resolve) => {
    number += 1;
    waiting.set(number, resolve);
    socket.send(JSON.stringify({ id: number, method, params, sessionId: session }));
  });
const evaluate = async (expression) => (await ask("Runtime.evaluate", { expression })).result.value;
const until = async (expression) => {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await evaluate(expression)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${expression} at ${await evaluate("location.href")}: ${blocked}`);
};

try {
  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  session = (await ask("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  await ask("Log.enable");
  await ask("Network.setCookie", { name, value, url });
  await ask("Page.navigate", { url });
  await until("Boolean(document.querySelector('#payment-form button:not([disabled])'))");
  await evaluate("document.querySelector('#payment-form button').click()");
  await until("location.search === '?confirmed=1'");
  console.log(JSON.stringify({ href: await evaluate("location.href"), blocked }));
} finally {
  browser.kill();
  await new Promise((resolve) => browser.on("exit", resolve));
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
