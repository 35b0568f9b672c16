// The walk of the tutorial in each edition, from the first page to a key that opens the tenant.
import assert from "node:assert/strict";

import { admin, learner, tenantId } from "./server.mjs";
import * as steps from "./steps.mjs";

const unshown = "This API key cannot be shown again";

/** What stands between somebody and a new key, by the titles on the page of the own API keys. */
async function obstacles(browser) {
  const box = await browser.element("obstacles");
  const titles = await box.findElements({ css: "h2" });
  return Promise.all(titles.map((title) => title.getText()));
}

/** Generates the learner's key, uses it, and proves that it cannot be seen a second time. */
async function firstKey({ server, browser, onScreen }) {
  await steps.openGenerate(browser, learner);
  const lifetimes = await browser.named("field", "Expires in");
  const choices = (await lifetimes.getText()).trim().split(/\s*\n\s*/);
  assert.deepEqual(choices, ["6 hours", "1 day", "7 days", "30 days", "Custom"]);
  await steps.describeKey(browser, "My first key", "7 days");
  await onScreen("generate");
  await steps.generate(browser, "My first key");
  await onScreen("shown");
  const key = await steps.readKey(browser);

  const me = await server.whoAmI(key);
  assert.deepEqual([me.id, me.email], [learner.id, learner.email]);

  await browser.driver.navigate().refresh();
  await browser.until(`heading "${unshown}"`, async () => (await browser.heading()) === unshown);
  assert.doesNotMatch(await browser.driver.getPageSource(), new RegExp(key));
  await onScreen("gone");
  await browser.clickNamed("link", "Go to your API keys");
  await browser.atPath("/profile/api-keys");
  const [row, ...others] = await browser.visible("key-row");
  assert.equal(others.length, 0);
  assert.equal(await browser.text("key-description", row), "My first key");
  assert.equal(await browser.text("key-status", row), "Active");
  assert.equal(
    await browser.text("allowance"),
    "1 of 3 active API keys in use. A new key can live for 30 days at most.",
  );
  assert.doesNotMatch(await browser.driver.getPageSource(), new RegExp(key));
  await onScreen("keys");

  const { data } = await server.read(learner, "/api/v1/api-keys");
  assert.deepEqual(
    data.map((key) => [key.description, key.status]),
    [["My first key", "active"]],
  );
  assert.equal(Date.parse(data[0].expiry) - Date.parse(data[0].created), 7 * 24 * 60 * 60 * 1000);
}

/** What the admin sets for all keys, in both editions. */
async function setLimits({ server, browser }) {
  await steps.changeMaximumExpiration(browser, 30, "days");
  await steps.changeMaximumPerUser(browser, 3);
  const config = await server.read(admin, `/api/v1/api-keys/configs/${tenantId}`);
  assert.deepEqual([config.max_api_key_expiry, config.max_keys_per_user], ["P30D", 3]);
}

const nothing = async () => {};

/** Settings with the switch, the role Developer, a key. `onScreen` is told the name of each screen in passing. */
export async function classicTutorial({ server, browser, onScreen = nothing }) {
  await browser.open("/");
  await browser.atPath("/login");
  await onScreen("sign-in");
  await steps.signIn(browser, learner);
  assert.deepEqual(await obstacles(browser), [
    "API keys are switched off in this tenant",
    "You don’t have the role Developer",
  ]);
  await onScreen("obstacles");
  await steps.signOut(browser, learner);

  await steps.signIn(browser, admin);
  assert.equal(await browser.heading(), "Settings");
  await onScreen("settings");
  await steps.enableKeys(browser);
  await setLimits({ server, browser });
  await onScreen("settings-saved");
  await browser.clickNamed("link", "Generate new");
  await browser.atPath("/profile/api-keys/generate");
  assert.deepEqual(await obstacles(browser), ["You don’t have the role Developer"]);

  await steps.goTo(browser, "classic", "Users");
  await onScreen("users");
  await steps.openRolesOf(browser, "classic", learner);
  await steps.tickRole(browser, "Developer");
  await onScreen("roles");
  await steps.saveRoles(browser, "classic", learner, "Developer");
  await onScreen("users-saved");
  await steps.signOut(browser, admin);

  await steps.signIn(browser, learner);
  assert.equal(await browser.path(), "/profile/api-keys");
  await onScreen("no-keys");
  await firstKey({ server, browser, onScreen });
}

/** A custom role with the permission Manage API keys, assigned to the learner. */
export async function currentTutorial({ server, browser, onScreen = nothing }) {
  await steps.signIn(browser, admin);
  assert.equal(await browser.heading(), "Settings");
  assert.deepEqual(await browser.visible("enable-api-keys"), []);
  await onScreen("settings");
  await setLimits({ server, browser });

  await steps.goTo(browser, "current", "Permissions");
  await onScreen("permissions");
  await browser.clickNamed("link", "Create new");
  await browser.type(await browser.named("field", "Name"), "Key holders");
  await steps.allowManagingKeys(browser);
  await onScreen("role");
  await browser.clickNamed("button", "Confirm");
  await steps.said(browser, "The role is created.");
  const role = await steps.row(browser, "role", "Key holders");
  assert.equal(await browser.text("role-manage-api-keys", role), "Allowed");
  await steps.openRolesOf(browser, "current", learner);
  await steps.tickRole(browser, "Key holders");
  await onScreen("assign");
  await steps.saveRoles(browser, "current", learner, "Key holders");
  await steps.signOut(browser, admin);

  await steps.signIn(browser, learner);
  await firstKey({ server, browser, onScreen });
}

/** The permission Manage API keys for everybody, through the role User Default. */
export async function userDefaultTutorial({ server, browser, onScreen = nothing }) {
  await steps.signIn(browser, learner);
  assert.deepEqual(await obstacles(browser), ["You don’t have the permission Manage API keys"]);
  await onScreen("obstacles");
  await steps.signOut(browser, learner);

  await steps.signIn(browser, admin);
  await setLimits({ server, browser });
  await steps.goTo(browser, "current", "Permissions");
  await steps.chooseInMenu(browser, "User Default", "link", "Edit");
  await steps.allowManagingKeys(browser);
  await onScreen("user-default");
  await browser.clickNamed("button", "Confirm");
  await steps.said(browser, "The role is saved.");
  const role = await steps.row(browser, "role", "UserDefault");
  assert.equal(await browser.text("role-manage-api-keys", role), "Allowed");
  await onScreen("permissions-saved");
  await steps.signOut(browser, admin);

  await steps.signIn(browser, learner);
  await firstKey({ server, browser, onScreen });
}
