// Everything by keyboard alone: what has the focus can be seen, and comes back to where it was.
import assert from "node:assert/strict";

import { Key } from "./support/browser.mjs";
import { consoleTest } from "./support/console-test.mjs";
import { admin, developer, learner } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

/** The most stops that a page may have before the one that is looked for. */
const FAR = 80;

/** What has the focus. */
function focused(browser) {
  return browser.driver.switchTo().activeElement();
}

/** Fails unless whoever looks at the page sees where the focus is. */
async function requireVisibleFocus(browser) {
  const mark = await browser.driver.executeScript(() => {
    const style = getComputedStyle(document.activeElement);
    const box = document.activeElement.getBoundingClientRect();
    const seen = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return { element: document.activeElement.outerHTML.slice(0, 120), seen, outlined };
  });
  assert.deepEqual([mark.seen, mark.outlined], [true, true], mark.element);
}

/** Presses Tab until the focus is on what a person would call `name`; each stop on the way must be visible. */
async function tabTo(browser, name) {
  const passed = [];
  for (let stop = 0; stop < FAR; stop++) {
    await browser.press(Key.TAB);
    const element = await focused(browser);
    if ((await element.getTagName()) === "body") continue;
    await requireVisibleFocus(browser);
    const here = await element.getAccessibleName();
    if (here === name || (name instanceof RegExp && name.test(here))) return element;
    passed.push(here);
  }
  assert.fail(`Tab does not lead to ${name}, but to ${passed.join(" | ")}`);
}

/** Waits until the focus is on what a person would call `name`. */
function focusOn(browser, name) {
  return browser.until(`focus on ${name}`, async () => (await (await focused(browser)).getAccessibleName()) === name);
}

/** Opens the menu of an account or a row by keyboard, and chooses an entry. */
async function chooseByKeyboard(browser, menu, entry) {
  await tabTo(browser, menu);
  await browser.press(Key.ENTER);
  await tabTo(browser, entry);
  await browser.press(Key.ENTER);
}

consoleTest("the tutorial by keyboard alone", {}, async ({ server, browser }) => {
  await browser.open("/");
  await tabTo(browser, /^Alex Admin/);
  await browser.press(Key.ENTER);
  await browser.atPath("/console/settings");

  await tabTo(browser, "Enable API keys");
  await browser.press(" ");
  await steps.said(browser, "API keys are switched on.");

  await tabTo(browser, "Number");
  // Tab selects what stands in a field, so that typing replaces it.
  await browser.press("30");
  await tabTo(browser, "Unit");
  await browser.press("days");
  await tabTo(browser, "Save");
  await browser.press(Key.ENTER);
  await steps.said(browser, "The maximum token expiration is changed. It applies to new keys.");
  assert.equal(await browser.text("maximum-expiration-current"), "30 days");

  await tabTo(browser, "Active keys");
  await browser.press("3", Key.ENTER);
  await steps.said(browser, "The maximum of active API keys per user is changed. It applies to new keys.");

  await tabTo(browser, "Users");
  await browser.press(Key.ENTER);
  await browser.atPath("/console/users");
  await chooseByKeyboard(browser, "Actions for Uma User", "Edit roles");
  await browser.element("dialog");
  await tabTo(browser, /^Developer/);
  await browser.press(" ");
  await tabTo(browser, "Save");
  await browser.press(Key.ENTER);
  await steps.said(browser, "The roles are saved.");

  await chooseByKeyboard(browser, "Account of Alex Admin", "Sign out");
  await browser.atPath("/login");
  await tabTo(browser, /^Uma User/);
  await browser.press(Key.ENTER);
  await browser.atPath("/profile/api-keys");
  await tabTo(browser, "Generate new key");
  await browser.press(Key.ENTER);
  await focusOn(browser, "API key description");
  await browser.press("By keyboard");
  await tabTo(browser, "Expires in");
  await browser.press("7");
  await tabTo(browser, "Generate");
  await browser.press(Key.ENTER);
  const me = await server.whoAmI(await steps.readKey(browser));
  assert.equal(me.id, learner.id);
  await tabTo(browser, "Done");
  await browser.press(Key.ENTER);
  await browser.atPath("/profile/api-keys");
});

consoleTest("the first stop of a page skips to its content", { server: { seed: "ready" } }, async ({ browser }) => {
  await steps.signIn(browser, admin);
  await tabTo(browser, "Skip to the content");
  await browser.press(Key.ENTER);
  assert.equal(await (await focused(browser)).getAttribute("id"), "main");
  await tabTo(browser, "Enable API keys");
});

consoleTest("Escape closes a menu and leads back to it", { server: { seed: "ready" } }, async ({ browser }) => {
  await steps.signIn(browser, admin);
  for (const [path, menu, entry] of [
    ["/console/users", `Account of ${admin.name}`, "menu-profile"],
    ["/console/users", `Actions for ${developer.name}`, "user-edit-roles"],
    ["/console/api-keys", "Actions for Pinned key of the developer", "key-revoke"],
    ["/profile/api-keys", "Actions for Pinned key of the admin", "key-edit"],
  ]) {
    await browser.open(path);
    await tabTo(browser, menu);
    await browser.press(Key.ENTER);
    await browser.element(entry);
    await browser.press(Key.TAB);
    await browser.press(Key.ESCAPE);
    await browser.until("closed menu", async () => (await browser.visible(entry)).length === 0);
    await focusOn(browser, menu);
    await requireVisibleFocus(browser);
  }
});

consoleTest(
  "a dialog keeps the focus, and Escape leads back to where it was opened",
  { server: { seed: "ready" } },
  async ({ browser }) => {
    await steps.signIn(browser, admin);
    for (const [path, opener, entry, stops] of [
      ["/console/users", "Invite", null, 4],
      ["/console/users", `Actions for ${developer.name}`, "Disable", 2],
      ["/console/users", `Actions for ${developer.name}`, "Edit roles", 10],
      ["/console/api-keys", "Actions for Pinned key of the developer", "Revoke", 2],
      ["/console/roles", "Create role", null, 4],
      ["/profile/api-keys", "Generate new key", null, 4],
      ["/profile/api-keys", "Actions for Pinned key of the admin", "Edit description", 3],
    ]) {
      await browser.open(path);
      await tabTo(browser, opener);
      await browser.press(Key.ENTER);
      if (entry) {
        await tabTo(browser, entry);
        await browser.press(Key.ENTER);
      }
      await browser.element("dialog");
      const inside = () => browser.driver.executeScript("return document.activeElement.closest('dialog') !== null");
      await browser.until("focus in the dialog", inside);
      assert.equal(
        await browser.driver.executeScript("return document.querySelector('dialog').matches(':modal')"),
        true,
      );
      for (let stop = 0; stop < stops; stop++) {
        await browser.press(Key.TAB);
        const { outside } = await browser.driver.executeScript(
          "return { outside: document.activeElement !== document.body && !document.activeElement.closest('dialog') }",
        );
        assert.equal(outside, false, `${entry ?? opener}: the focus left the dialog`);
      }
      await browser.press(Key.ESCAPE);
      await browser.until("closed dialog", async () => (await browser.visible("dialog")).length === 0);
      await focusOn(browser, opener);
      await requireVisibleFocus(browser);
      assert.equal(await browser.path(), path);
    }
  },
);
