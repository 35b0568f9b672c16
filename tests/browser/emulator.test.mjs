// The pages over the control API: what a person does with them, with and without scripts.
import assert from "node:assert/strict";

import { consoleTest } from "./support/console-test.mjs";
import { Audit } from "./support/axe.mjs";
import { admin, developer, pinnedKeys } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

const ready = { server: { seed: "ready" } };

/** Goes to a page over the control API by the link that every page has, and the navigation beside it. */
async function goTo(browser, page) {
  await browser.click("area-emulator");
  await browser.atPath("/_mock/emulator/clock");
  await browser.clickNamed("link", page, "nav.side");
  await browser.until(`page ${page}`, async () => (await browser.heading()) === page);
}

/** Types into the fields with these test ids. */
async function fill(browser, fields) {
  for (const [testId, text] of Object.entries(fields)) await browser.type(await browser.element(testId), text);
}

/** What somebody does who runs the emulator, without being signed in. */
async function walk({ server, browser }) {
  await browser.open("/");
  await browser.atPath("/login");

  await goTo(browser, "Clock");
  await browser.click("clock-freeze");
  await steps.said(browser, "The clock is changed.");
  await fill(browser, { "clock-instant": "2030-01-01T00:00:00Z" });
  await browser.click("clock-set");
  await browser.until("new time", async () => (await browser.text("clock-now")) === "2030-01-01T00:00:00.000Z");
  await fill(browser, { "clock-advance": "P1D" });
  await browser.click("clock-advance-do");
  await browser.until("later time", async () => (await browser.text("clock-now")) === "2030-01-02T00:00:00.000Z");
  await browser.click("clock-resume");
  await browser.element("clock-freeze");

  await goTo(browser, "Snapshots");
  await fill(browser, { "snapshot-name": "before" });
  await browser.click("snapshot-save");
  await steps.row(browser, "snapshot", "before");

  await goTo(browser, "Faults");
  await fill(browser, { "fault-operation": "getUsers", "fault-status": "503", "fault-times": "1" });
  await browser.click("fault-add");
  await steps.row(browser, "fault", "fault-1");
  const key = pinnedKeys[developer.id].token;
  // The clock was moved past the expiry of the key, unless it is put back.
  await server.control("PUT", "/_mock/clock", { now: new Date().toISOString() });
  assert.equal((await server.rest("/api/v1/users", { key })).status, 503);
  await goTo(browser, "Faults");
  assert.equal(await browser.text("fault-hits"), "1 of 1");
  await browser.click("fault-remove");
  await steps.said(browser, "The fault is taken out.");

  await goTo(browser, "Requests");
  await fill(browser, { "filter-status": "5xx" });
  await browser.click("filter");
  await browser.until("one request", async () => (await browser.visible("request-row")).length === 1);
  assert.match(await browser.text("request-line"), /^GET \/api\/v1\/users$/);
  await browser.click("request-more");
  await browser.click("requests-forget");
  await steps.said(browser, "The requests are forgotten.");

  await goTo(browser, "Reset");
  await browser.click("reset-empty");
  await steps.said(browser, "The tenant is reset. Its sessions have ended.");
  assert.equal((await server.rest("/api/v1/users/me", { key })).status, 401);
  await goTo(browser, "Snapshots");
  await browser.click("snapshot-restore");
  await steps.said(browser, "The snapshot is restored, with its clock if it has one.");
  await browser.click("snapshot-delete");
  await browser.element("empty");

  await goTo(browser, "Tenants");
  await fill(browser, { "tenant-name": "alpha" });
  await browser.click("tenant-create");
  const token = await browser.text("admin-key");
  assert.equal((await server.rest("/api/v1/users", { key: token })).status, 200);
  await browser.click("done");
  const row = await steps.row(browser, "tenant", "alpha");
  assert.match(await browser.text("tenant-link", row), /^http:\/\/alpha\.localhost:\d+\/$/);
  await browser.click("tenant-steer", row);
  await browser.atPath("/_mock/emulator/clock?tenant=alpha");
  assert.equal(await browser.text("steered-tenant"), "alpha");
  await browser.click("clock-freeze");
  await browser.atPath("/_mock/emulator/clock?tenant=alpha");
  await browser.element("clock-resume");
  await browser.open("/_mock/emulator/tenants");
  await browser.click("tenant-delete", await steps.row(browser, "tenant", "alpha"));
  await browser.click("confirm");
  await steps.said(browser, "The tenant is deleted.");
}

consoleTest("whoever runs the emulator steers it from its pages", ready, walk);

consoleTest("and does so without scripts", { ...ready, browser: { javascript: false } }, walk);

consoleTest("requests are shown when they come, as long as they fit the filter", ready, async ({ server, browser }) => {
  await browser.open("/_mock/emulator/requests?path=/api/**");
  await browser.element("live");
  await browser.element("empty");
  await server.rest("/api/v1/users/me");
  await browser.until("the request", async () => (await browser.visible("request-row")).length === 1);
  await browser.click("request-more");
  await server.rest("/nowhere");
  await server.rest("/api/v1/roles");
  await browser.until("the next request", async () => (await browser.visible("request-row")).length === 2);
  // What was opened stays open.
  const open = await browser.driver.executeScript("return document.querySelectorAll('details[data-keep][open]').length");
  assert.equal(open, 1);
});

consoleTest("a control token is asked for once, and opens the live requests too", {
  server: { seed: "ready", controlToken: "let me in" },
}, async ({ server, browser }) => {
  await browser.open("/_mock/emulator/requests");
  await fill(browser, { "control-token": "let me out" });
  await browser.click("control-token-enter");
  await browser.element("control-token-error");
  await fill(browser, { "control-token": "let me in" });
  await browser.click("control-token-enter");
  await browser.atPath("/_mock/emulator/requests");
  await browser.element("live");
  await server.rest("/api/v1/users/me");
  await browser.until("the request", async () => (await browser.visible("request-row")).length > 0);
});

for (const person of [null, admin]) {
  const who = person ? "somebody who is signed in" : "anybody";
  consoleTest(`accessible: the pages of the emulator for ${who}`, ready, async ({ server, browser }) => {
    const audit = new Audit(browser);
    const look = async (path, name = path) => {
      await browser.open(path);
      await audit.look(name);
    };
    if (person) await steps.signIn(browser, person);
    const pages = ["clock", "requests?path=/nothing", "faults", "snapshots", "tenants", "reset", "token"];
    for (const page of pages) await look(`/_mock/emulator/${page}`);

    const unbroken = "x".repeat(60);
    await server.control("PUT", "/_mock/clock", { frozen: true });
    await server.control("PUT", `/_mock/snapshots/${unbroken}`);
    await server.control("POST", "/_mock/tenants", { name: `a${unbroken}` });
    await server.control("POST", "/_mock/faults", { path: `/${unbroken}${unbroken}`, latency: "PT0.1S", times: 3, ttl: "PT1M" });
    await server.rest(`/api/v1/users/${unbroken}${unbroken}?limit=${unbroken}`);
    await server.rest("/api/v1/api-keys", { key: pinnedKeys[admin.id].token, method: "POST", body: { description: unbroken } });
    for (const page of pages) await look(`/_mock/emulator/${page.split("?")[0]}`, `${page} with something in it`);
    await browser.open("/_mock/emulator/requests");
    for (const more of await browser.visible("request-more")) await more.click();
    await audit.look("requests with their bodies");
    for (const [page, fields, button] of [
      ["clock", { "clock-advance": "a week" }, "clock-advance-do"],
      ["requests", { "filter-status": "many" }, "filter"],
      ["faults", { "fault-status": "many", "fault-operation": "nothing" }, "fault-add"],
      ["snapshots", { "snapshot-name": "no name" }, "snapshot-save"],
      ["tenants", { "tenant-name": "No name" }, "tenant-create"],
    ]) {
      await browser.open(`/_mock/emulator/${page}`);
      await fill(browser, fields);
      await browser.click(button);
      await browser.until("fault", async () => (await browser.driver.findElements({ css: ".fault" })).length > 0);
      await audit.look(`${page} with a fault in the form`);
    }
    await browser.open("/_mock/emulator/tenants");
    await browser.click("tenant-create");
    await browser.element("tenant-created");
    await audit.look("a tenant that was created");
    await browser.open("/_mock/emulator/tenants");
    await browser.click("tenant-delete", await steps.row(browser, "tenant", "t1"));
    await browser.element("dialog");
    await audit.look("the dialog that deletes a tenant");
    audit.finish();
  });
}
