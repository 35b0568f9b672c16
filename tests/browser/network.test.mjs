// What the browser asks for, and what it complains about: nothing but the tenant, and nothing. Every test of every
// suite requires that; here it is tried where it could be otherwise.
import assert from "node:assert/strict";

import { consoleTest } from "./support/console-test.mjs";
import { admin, startForeignSite } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";
import { classicTutorial } from "./support/tutorial.mjs";

const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

consoleTest("the whole tutorial asks nobody else for anything", {}, async ({ server, browser }) => {
  await classicTutorial({ server, browser });

  const requests = await browser.requests();
  assert(requests.length > 50);
  assert.deepEqual([...new Set(requests.map((url) => new URL(url).origin))], [server.origin]);

  const answers = await browser.reports("responseReceived");
  const pages = answers.filter(({ type }) => type === "Document");
  assert(pages.length > 15);
  for (const { response } of pages) {
    const header = (name) => response.headers[Object.keys(response.headers).find((key) => key.toLowerCase() === name)];
    assert.equal(header("content-security-policy"), policy, response.url);
    assert.equal(header("cache-control"), "no-store", response.url);
    assert.equal(header("x-content-type-options"), "nosniff", response.url);
    assert.equal(header("x-frame-options"), "DENY", response.url);
  }

  const assets = answers.filter(({ type }) => ["Stylesheet", "Script", "Image", "Font", "Media"].includes(type));
  const kinds = [...new Set(assets.map(({ response }) => new URL(response.url).pathname))].sort();
  assert.equal(kinds.length, 3, kinds.join(" "));
  for (const path of kinds) assert.match(path, /^\/assets\/(console-[0-9a-f]+\.(css|js)|icon-[0-9a-f]+\.svg)$/);
});

consoleTest("a request elsewhere would be noticed", { browser: null }, async ({ open }) => {
  const foreign = await startForeignSite(() => "", "127.0.0.1");
  try {
    const browser = await open();
    await browser.open("/login");
    await browser.requireQuiet();
    await browser.driver.get(foreign.origin);
    await assert.rejects(browser.requireQuiet(), /requests left the origin/);
    browser.befriend(foreign.origin);
  } finally {
    await foreign.stop();
  }
});

for (const [what, script, complaint] of [
  [
    "an inline script",
    "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))",
    /script-src/,
  ],
  ["an inline style", "document.body.setAttribute('style', 'color: red')", /style-src/],
  [
    "a picture from elsewhere",
    "document.body.append(Object.assign(new Image(), { src: 'http://elsewhere.example/' }))",
    /elsewhere/,
  ],
  ["a call to elsewhere", "fetch('http://elsewhere.example/').catch(() => {})", /elsewhere/],
  ["a script that fails", "setTimeout(() => { throw new Error('on purpose') })", /on purpose/],
]) {
  consoleTest(`${what} would be stopped or noticed`, {}, async ({ browser }) => {
    await browser.open("/login");
    await browser.requireQuiet();
    await browser.driver.executeScript(script);
    await browser.until("complaint of the browser", async () => {
      const noticed = await browser.requireQuiet().then(
        () => null,
        (reason) => reason,
      );
      return noticed && complaint.test(noticed.message + JSON.stringify(noticed.actual));
    });
    browser.befriend("http://elsewhere.example");
    browser.expectMessage(complaint);
  });
}

consoleTest("the console cannot be put into a frame", { browser: null }, async ({ server, open }) => {
  const foreign = await startForeignSite(() => `<iframe src="${server.origin}/login"></iframe>`, "127.0.0.1");
  try {
    const browser = await open({ friends: [foreign.origin] });
    browser.expectMessage(/frame-ancestors 'none'|chrome-error/);
    await browser.driver.get(foreign.origin);
    await browser.driver.switchTo().frame(0);
    assert.deepEqual(await browser.visible("sign-in-user"), []);
    await browser.driver.switchTo().defaultContent();
    await browser.until("complaint of the browser", async () => {
      const messages = await browser.messages();
      return messages.some(({ message }) => message.includes("frame-ancestors 'none'"));
    });
  } finally {
    await foreign.stop();
  }
});

consoleTest("the key is in no address and in no cookie", { server: { seed: "ready" } }, async ({ browser }) => {
  await steps.signIn(browser, admin);
  await steps.openGenerate(browser, admin);
  await steps.describeKey(browser, "Nowhere else", "1 day");
  await steps.generate(browser, "Nowhere else");
  const key = await steps.readKey(browser);
  assert((await browser.requests()).every((url) => !url.includes(key)));
  const cookies = await browser.driver.manage().getCookies();
  assert(cookies.every(({ value }) => !value.includes(key)));
  const stores = "return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])";
  assert.equal(await browser.driver.executeScript(stores), "[[],[]]");
});
