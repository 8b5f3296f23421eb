// Drives the dashboard's page in Chromium: one JSON object on each line of stdin, one answer on each of stdout.
//   {"wait": SELECTOR, "within_ms": N}  is it there?      {"click": SELECTOR}  {"twice": SELECTOR}
//   {"gone": SELECTOR, "within_ms": N}  is it gone?       {"text": SELECTOR}      {"picture": PATH}
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const [folder, url, browserPath] = process.argv.slice(2);
const { chromium } = createRequire(`${folder}/`)("playwright-core");
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"], timeout: 120000 });
const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, locale: "zh-CN" });
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
await page.goto(url, { timeout: 120000 }); // a machine that is busy with others

const verbs = {
  wait: (order) => page.waitForSelector(order.wait, { timeout: order.within_ms }).then(() => true),
  gone: (order) => page.waitForSelector(order.gone, { timeout: order.within_ms, state: "detached" }).then(() => true),
  click: (order) => page.click(order.click, { timeout: order.within_ms }).then(() => true),
  twice: (order) => page.$eval(order.twice, (button) => { button.click(); button.click(); }).then(() => true),
  text: (order) => page.textContent(order.text, { timeout: order.within_ms }),
  picture: (order) => page.screenshot({ path: order.picture }).then(() => true),
  errors: () => errors,
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await verbs[Object.keys(order)[0]](order) };
  } catch (error) {
    answer = { error: error.message.split("\n")[0] };
  }
  console.log(JSON.stringify(answer));
}
await browser.close();
