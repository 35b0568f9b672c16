// What the page of a new key puts into the clipboard and into a file, and that it works as it stands there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { consoleTest } from "./support/console-test.mjs";
import { admin, developer } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

const server = { seed: "ready" };
const run = promisify(execFile);

/** Signs in, generates a key, and stays on the page that shows it. */
async function newKey(browser) {
  await steps.signIn(browser, developer);
  await steps.openGenerate(browser, developer);
  await steps.describeKey(browser, "To be copied", "30 days");
  await steps.generate(browser, "To be copied");
  return steps.readKey(browser);
}

/** Clicks a copy button, waits until it says that it has copied, and resolves to what is in the clipboard. */
async function copied(browser, testId) {
  const button = await browser.element(`${testId}-copy`);
  await button.click();
  await browser.until("confirmation", async () => (await button.getText()).startsWith("Copied"));
  return browser.driver.executeAsyncScript(
    "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](`${error}`))",
  );
}

consoleTest("each copy button copies what stands beside it", { server }, async ({ server, browser }) => {
  const permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
  await browser.devTools("Browser.grantPermissions", { origin: browser.origin, permissions });
  const key = await newKey(browser);

  assert.equal(await copied(browser, "new-key"), key);
  const note = "return document.querySelector('[aria-live]').textContent.trim()";
  assert.equal(await browser.driver.executeScript(note), "Copied to the clipboard.");

  assert.equal(await copied(browser, "new-key-header"), `Authorization: Bearer ${key}`);

  const command = await copied(browser, "new-key-curl");
  assert(command.includes(`${browser.origin}/api/v1/users/me`));
  const { stdout } = await run("bash", ["-c", `${command} --silent --show-error --fail`]);
  assert.equal(JSON.parse(stdout).id, developer.id);

  // The buttons are for the keyboard as well.
  const button = await browser.element("new-key-copy");
  await browser.driver.executeScript("navigator.clipboard.writeText('')");
  await browser.until("button that can copy again", async () => !(await button.getText()).startsWith("Copied"));
  await browser.driver.executeScript("arguments[0].focus()", button);
  await browser.press(" ");
  await browser.until("confirmation", async () => (await button.getText()).startsWith("Copied"));
  const again = "navigator.clipboard.readText().then(arguments[0])";
  assert.equal(await browser.driver.executeAsyncScript(again), key);
  assert.equal((await server.whoAmI(key)).id, developer.id);
});

consoleTest("the secret of a new OAuth client can be copied, and used", { server }, async ({ browser }) => {
  const permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
  await browser.devTools("Browser.grantPermissions", { origin: browser.origin, permissions });
  await steps.signIn(browser, admin);
  await steps.goTo(browser, "classic", "OAuth");
  await browser.clickNamed("link", "Create new");
  await browser.type(await browser.named("field", "Name"), "Nightly job");
  await browser.click("oauth-client-m2m");
  await browser.choose(await browser.element("oauth-client-consent-field"), "Trusted");
  await browser.clickNamed("button", "Create");
  const secret = await browser.text("new-client-secret");
  assert.match(secret, /^[0-9a-f]{64}$/);
  assert.equal(await copied(browser, "new-client-secret"), secret);
  const id = await copied(browser, "new-client-id");
  const command = await copied(browser, "new-client-curl");
  const { stdout } = await run("bash", ["-c", `${command} --silent --show-error --fail`]);
  assert.equal(JSON.parse(stdout).token_type, "bearer");

  await browser.driver.navigate().refresh();
  await browser.element("new-client-gone");
  await browser.click("done");
  assert.equal(await browser.text("oauth-client-id"), id);
  await steps.chooseInMenu(browser, "Nightly job", "button", "Publish");
  await steps.said(browser, "The OAuth client is published.");
  await steps.chooseInMenu(browser, "Nightly job", "link", "Delete");
  await browser.click("confirm");
  await steps.said(browser, "The OAuth client is deleted.");
  await browser.element("empty");
});

consoleTest("without a permission for the clipboard the copy button still copies", { server }, async ({ browser }) => {
  const key = await newKey(browser);
  await browser.driver.executeScript("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))");
  const button = await browser.element("new-key-copy");
  await button.click();
  await browser.until("confirmation", async () => (await button.getText()).startsWith("Copied"));
  const permissions = ["clipboardReadWrite"];
  await browser.devTools("Browser.grantPermissions", { origin: browser.origin, permissions });
  assert.equal(await browser.driver.executeAsyncScript("navigator.clipboard.readText().then(arguments[0])"), key);
});

for (const javascript of [true, false]) {
  const how = { server, browser: { javascript } };
  consoleTest(
    `the Postman environment is saved, ${javascript ? "with" : "without"} scripts`,
    how,
    async ({ server, browser }) => {
      const downloadPath = join(browser.directory, "downloads");
      await browser.devTools("Browser.setDownloadBehavior", { behavior: "allow", downloadPath });
      const key = await newKey(browser);
      const before = (await browser.requests()).length;
      await browser.clickNamed("link", "Save environment file");
      const file = await browser.until("file", () => {
        const [file] = readdirSync(downloadPath, { encoding: "utf8", recursive: false }).filter((name) =>
          name.endsWith(".json"),
        );
        return file;
      });
      assert.equal(file, "mock-qlik-cloud.postman_environment.json");
      const environment = JSON.parse(readFileSync(join(downloadPath, file), "utf8"));
      const values = Object.fromEntries(environment.values.map(({ key, value }) => [key, value]));
      assert.deepEqual(values, { baseUrl: browser.origin, apiKey: key });
      assert(environment.values.every(({ enabled }) => enabled));
      assert.equal(environment._postman_variable_scope, "environment");
      assert.equal((await server.whoAmI(values.apiKey)).id, developer.id);
      assert.equal((await browser.requests()).length, before, "the file came from the server");
      assert.equal(await steps.readKey(browser), key, "the page is gone");
    },
  );
}

consoleTest(
  "without scripts there is no copy button",
  { server, browser: { javascript: false } },
  async ({ browser }) => {
    await newKey(browser);
    assert.deepEqual(await browser.visible("new-key-copy"), []);
  },
);
