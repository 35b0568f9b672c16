// Whatever somebody writes into a name or a description is shown as text, and does nothing.
import assert from "node:assert/strict";

import { consoleTest } from "./support/console-test.mjs";
import { admin, shippedSeed } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

const script = "<script>document.title = 'broken'</script>";
const picture = `"><img src="/broken" onerror="document.title = 'broken'">`;
const template = "{{ 7 * 7 }} ' onmouseover='x' </title></textarea></details>";
const reversed = "abc\u202Edef & <b>bold</b>";

/** The seed `ready` with markup wherever text of a user's can stand. */
function hostileSeed() {
  const seed = shippedSeed("ready");
  seed.tenant.name = `Tenant ${script}`;
  seed.users[0].name = `Alex ${picture}`;
  seed.users[0].assignedRoles.push(script);
  seed.users.push(
    { subject: picture, name: script, email: "script@example.com", assignedRoles: [picture] },
    { subject: "template", name: template, email: "template@example.com", status: "disabled" },
    { subject: "reversed", name: reversed, email: "reversed@example.com", status: "invited" },
  );
  seed.roles.push({ name: script, description: picture }, { name: picture, description: template });
  seed.apiKeys[0].description = picture;
  seed.apiKeys[1].description = script;
  return seed;
}

const alex = { ...admin, name: `Alex ${picture}` };

/** Requires that the page shows each text as it was written, and that nothing in it has come to life. */
async function requireText(browser, ...texts) {
  const shown = await browser.readable();
  for (const text of texts) assert(shown.includes(text), `${text} is not to be read in:\n${shown}`);
  assert.notEqual(await browser.driver.getTitle(), "broken");
  const alive = "return [...document.querySelectorAll('main :is(script, img, b), [onerror], [onmouseover]')].length";
  assert.equal(await browser.driver.executeScript(alive), 0);
}

for (const edition of ["classic", "current"]) {
  consoleTest(
    `markup is text on every page, ${edition}`,
    { server: { seed: hostileSeed(), edition } },
    async ({ browser, server }) => {
      await browser.open("/login");
      await requireText(browser, script, picture, template, reversed);
      await browser.open(`/login?login_hint=${encodeURIComponent(picture)}`);
      await requireText(browser, script);
      await steps.signIn(browser, alex);
      assert.equal(await browser.text("tenant-name"), `Tenant ${script}`);
      await requireText(browser, script);

      await browser.open("/console/users");
      await requireText(browser, script, template, reversed);
      await browser.open(`/console/users?search=${encodeURIComponent(script)}`);
      await requireText(browser, script);
      assert.equal(await (await browser.element("search")).getAttribute("value"), script);
      await browser.open(`/console/users?search=${encodeURIComponent(`no ${picture}`)}`);
      await browser.element("empty");
      await requireText(browser);
      await browser.open("/console/users");
      for (const entry of [steps.words[edition].editRoles, "Disable", "Delete"]) {
        await steps.chooseInMenu(browser, script, "link", entry);
        await browser.element("dialog");
        await requireText(browser, script);
        await browser.clickNamed("link", "Cancel");
      }

      await browser.open("/console/api-keys");
      await requireText(browser, script, picture);
      await steps.chooseInMenu(browser, script, "link", "Revoke");
      assert((await browser.text("revoke-keys")).startsWith(script));
      await requireText(browser, script);
      await browser.open(`/console/api-keys?search=${encodeURIComponent(picture)}&status=%3Cb%3E&sort=%3Cb%3E`);
      await requireText(browser, picture);

      await browser.open("/console/roles");
      await requireText(browser, script, picture, template);
      await steps.chooseInMenu(browser, script, "link", "Edit");
      assert.equal(await (await browser.element("role-name")).getAttribute("value"), script);
      assert.equal(await (await browser.element("role-description")).getAttribute("value"), picture);
      await requireText(browser);
      await browser.clickNamed("link", "Cancel");
      await steps.chooseInMenu(browser, picture, "link", "Delete");
      await requireText(browser, picture);

      await browser.open("/profile");
      assert.equal(await browser.text("profile-name"), alex.name);
      await requireText(browser, script);
      await browser.open("/profile/api-keys");
      await requireText(browser, picture);
      await steps.chooseInMenu(browser, picture, "link", "Delete");
      await requireText(browser, picture);
      await browser.clickNamed("link", "Cancel");

      await steps.openGenerate(browser, alex);
      await steps.describeKey(browser, template, "1 day");
      await steps.generate(browser, template);
      await requireText(browser, template);
      await server.whoAmI(await steps.readKey(browser));
      await browser.driver.navigate().refresh();
      await browser.element("new-key-gone");
      await requireText(browser, template);
      await browser.open("/console/%3Cscript%3Edocument.title='broken'%3C/script%3E");
      await requireText(browser);
    },
  );
}
