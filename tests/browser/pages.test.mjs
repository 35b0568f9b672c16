// What the pages of the console do beside the tutorial.
import assert from "node:assert/strict";

import { consoleTest } from "./support/console-test.mjs";
import { admin, developer, learner, pinnedKeys, shippedSeed, viewer } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

const ready = { seed: "ready" };

/** A test in a browser that runs scripts, and the same in one that does not. */
function eitherWay(name, server, body) {
  consoleTest(name, { server }, body);
  consoleTest(`without scripts: ${name}`, { server, browser: { javascript: false } }, body);
}

/** The texts of the visible elements with a test id, in the order of the page. */
async function texts(browser, testId) {
  return Promise.all((await browser.visible(testId)).map((element) => element.getText()));
}

/** Chooses an entry of a row's menu, answers the question with a button, and waits for the sentence. */
async function answer(browser, row, entry, button, sentence) {
  await steps.chooseInMenu(browser, row, "link", entry);
  const dialog = await browser.element("dialog");
  await browser.clickNamed("button", button, dialog);
  await steps.said(browser, sentence);
}

/** Searches the list that is shown. */
async function search(browser, text, status) {
  await browser.type(await browser.element("search"), text);
  if (status) await browser.choose(await browser.element("search-status"), status);
  await browser.clickNamed("button", "Search");
  await browser.until(
    "result",
    async () => new URLSearchParams((await browser.path()).split("?")[1]).get("search") === text,
  );
}

for (const edition of ["classic", "current"]) {
  consoleTest(
    `every link leads to a page, ${edition}`,
    { server: { seed: "ready", edition } },
    async ({ server, browser }) => {
      await steps.signIn(browser, admin);
      const seen = new Map();
      const next = ["/"];
      const tenantUrl = `${server.origin.replace("127.0.0.1", "default.localhost")}/`;
      while (next.length) {
        const path = next.shift();
        if (seen.has(path)) continue;
        await browser.open(path);
        const page = await browser.driver.executeScript(() => ({
          links: [...document.querySelectorAll("a[href]")].map((link) => link.href),
          title: document.title,
          headings: document.querySelectorAll("h1").length,
          main: document.querySelectorAll("main").length,
          failure: document.querySelector("[data-testid=failure]")?.textContent ?? null,
          repeated: [...document.querySelectorAll("[id]")]
            .map(({ id }) => id)
            .filter((id, index, all) => all.indexOf(id) !== index),
          inline: [...document.querySelectorAll("script:not([src]), style, [style], [onclick]")].length,
        }));
        seen.set(path, page);
        assert.deepEqual(
          {
            headings: page.headings,
            main: page.main,
            failure: page.failure,
            repeated: page.repeated,
            inline: page.inline,
          },
          { headings: 1, main: 1, failure: null, repeated: [], inline: 0 },
          path,
        );
        assert(page.title.length > 3 && !page.title.startsWith(" "), `${path}: ${page.title}`);
        for (const link of page.links) {
          const url = new URL(link);
          // A tenant's own name for this server: only the list of tenants leads there.
          if (path.startsWith("/_mock/emulator/tenants") && link === tenantUrl) continue;
          assert.equal(url.origin, server.origin, `${path} links to ${link}`);
          next.push(url.pathname + url.search);
        }
      }
      assert(seen.size > 30, `only ${seen.size} pages`);
    },
  );
}

eitherWay("users are searched, sorted and paged", { seed: crowd() }, async ({ browser }) => {
  await browser.open("/login");
  assert.equal((await browser.visible("sign-in-user")).length, 12);
  assert.match(await browser.text("sign-in-more"), /^12 of 45 users\./);
  await browser.type(await browser.element("sign-in-search"), "admin@");
  await browser.clickNamed("button", "Search");
  await browser.until("one user", async () => (await browser.visible("sign-in-user")).length === 1);
  await steps.chooseUser(browser, admin);
  await steps.goTo(browser, "classic", "Users");

  const pages = [await texts(browser, "user-name")];
  assert.equal(await browser.text("total"), "20 of 45 users");
  while ((await browser.visible("page-next")).length) {
    const path = await browser.path();
    await browser.click("page-next");
    await browser.until("next page", async () => (await browser.path()) !== path);
    pages.push(await texts(browser, "user-name"));
  }
  assert.deepEqual(
    pages.map((page) => page.length),
    [20, 20, 5],
  );
  const names = pages.flat();
  assert.equal(new Set(names).size, 45);
  assert.deepEqual(
    names,
    names.toSorted((one, other) => one.localeCompare(other, "en")),
  );
  await browser.click("page-previous");
  await browser.until("page before", async () => (await texts(browser, "user-name"))[0] === pages[1][0]);

  await browser.open("/console/users");
  await browser.clickNamed("link", "Name");
  await browser.until("turned order", async () => (await texts(browser, "user-name"))[0] === names.at(-1));
  await search(browser, "WALKER 1");
  assert.equal((await texts(browser, "user-name")).length, 11);
  await search(browser, "walker", "Disabled");
  assert.deepEqual(await texts(browser, "user-status"), ["Disabled"]);
  await browser.clickNamed("link", "Show all");
  await browser.until("all users", async () => (await browser.visible("user-row")).length === 20);
});

/** The seed `ready` with 42 more users. */
function crowd() {
  const seed = shippedSeed("ready");
  for (let number = 1; number <= 42; number++) {
    const subject = `walker${number}`;
    seed.users.push({ subject, name: `Walker ${number}`, status: number === 7 ? "disabled" : "active" });
  }
  return seed;
}

eitherWay("a user is invited, accepts, is disabled, enabled and deleted", ready, async ({ server, browser, open }) => {
  await steps.signIn(browser, admin);
  await steps.goTo(browser, "classic", "Users");
  await browser.clickNamed("link", "Invite");
  await browser.type(await browser.named("field", "E-mail"), "guest@example.com");
  await browser.type(await browser.element("invite-name"), "Gus Guest");
  const dialog = await browser.element("dialog");
  await browser.clickNamed("button", "Invite", dialog);
  await steps.said(browser, "The user is invited, and accepts by signing in.");
  const guest = { name: "Gus Guest", email: "guest@example.com" };
  const status = async () => browser.text("user-status", await steps.row(browser, "user", guest.email));
  assert.equal(await status(), "Invited");

  const other = await open();
  await steps.signIn(other, guest);
  await browser.open("/console/users");
  assert.equal(await status(), "Active");
  await answer(browser, guest.name, "Disable", "Disable", "The user is disabled.");
  assert.equal(await status(), "Disabled");
  await steps.chooseInMenu(browser, guest.name, "button", "Enable");
  await steps.said(browser, "The user is enabled.");
  assert.equal(await status(), "Active");
  await answer(browser, guest.name, "Delete", "Delete", "The user is deleted.");
  assert(!(await texts(browser, "user-name")).includes(guest.name));
  const { data } = await server.read(admin, "/api/v1/users");
  assert(data.every((user) => user.email !== guest.email));

  // Nobody locks out or deletes the own account.
  await browser.clickNamed("button", `Actions for ${admin.name}`);
  await browser.element("user-edit-roles");
  assert.deepEqual([await browser.visible("user-disable"), await browser.visible("user-delete")], [[], []]);
});

eitherWay("Cancel changes nothing", ready, async ({ server, browser }) => {
  const before = await server.read(admin, "/api/v1/users");
  await steps.signIn(browser, admin);
  await steps.goTo(browser, "classic", "Users");
  for (const entry of ["Edit roles", "Disable", "Delete"]) {
    await steps.chooseInMenu(browser, viewer.name, "link", entry);
    await browser.clickNamed("link", "Cancel");
    await browser.until("closed dialog", async () => (await browser.visible("dialog")).length === 0);
    assert.equal(await browser.path(), "/console/users");
  }
  assert.deepEqual(await server.read(admin, "/api/v1/users"), before);
});

eitherWay("an admin finds API keys and revokes one, and several", { seed: manyKeys() }, async ({ server, browser }) => {
  const [first, second] = ["Alpha", "Beta"];
  await steps.signIn(browser, admin);
  await steps.goTo(browser, "classic", "API keys");
  const heads = await Promise.all(
    (await browser.driver.findElements({ css: "[data-testid=keys] th" })).map((head) => head.getText()),
  );
  assert.deepEqual(
    heads.filter((head) => !["", "Select", "Actions"].includes(head)),
    ["Name", "ID", "Owner", "Last update", "Creation date", "Expiry date", "Status"],
  );

  const statuses = new Set(await texts(browser, "key-status"));
  assert.deepEqual([...statuses].sort(), ["Active", "Expired", "Revoked"]);
  // Only what is active can be revoked.
  assert.equal((await browser.visible("key-select")).length, 4);
  assert.equal((await browser.visible("key-menu")).length, 4);

  await search(browser, "eloper");
  assert.deepEqual(
    await texts(browser, "key-owner"),
    Array.from({ length: 3 }, () => developer.name),
  );
  await search(browser, pinnedKeys[admin.id].id);
  assert.deepEqual(await texts(browser, "key-name"), ["Pinned key of the admin"]);
  await search(browser, "", "Expired");
  assert.deepEqual(await texts(browser, "key-name"), ["Old"]);
  await browser.clickNamed("link", "Show all");

  await answer(browser, "Pinned key of the developer", "Revoke", "Revoke", "1 API key no longer opens anything.");
  const pinned = await steps.row(browser, "key", pinnedKeys[developer.id].id);
  assert.equal(await browser.text("key-status", pinned), "Revoked");
  const refused = await server.rest("/api/v1/users/me", { key: pinnedKeys[developer.id].token });
  assert.equal(refused.status, 401);

  assert.equal((await server.whoAmI("alpha-token")).id, developer.id);
  for (const name of [first, second]) await browser.clickNamed("field", `Select ${name}`);
  await browser.clickNamed("button", "Revoke selected");
  const list = await browser.text("revoke-keys");
  assert(list.includes(first) && list.includes(second) && !list.includes("Pinned"), list);
  await browser.click("confirm");
  await steps.said(browser, "2 API keys no longer open anything.");
  for (const key of ["alpha-token", "beta-token"])
    assert.equal((await server.rest("/api/v1/users/me", { key })).status, 401);
  await server.whoAmI(pinnedKeys[admin.id].token);
});

/** The seed `ready` with two more active keys of the developer, one that has expired and one that is revoked. */
function manyKeys() {
  const seed = shippedSeed("ready");
  const key = (description, token, more) => ({
    description,
    sub: developer.id,
    token,
    created: "-P2D",
    expiry: "P30D",
    ...more,
  });
  seed.apiKeys.push(
    key("Alpha", "alpha-token"),
    key("Beta", "beta-token"),
    key("Old", "old-token", { sub: admin.id, expiry: "-P1D" }),
    key("Leaked", "leaked-token", { sub: admin.id, revoked: true }),
  );
  return seed;
}

eitherWay("an own key is described anew, and deleted", ready, async ({ server, browser }) => {
  const { token } = pinnedKeys[developer.id];
  await steps.signIn(browser, developer);
  await steps.chooseInMenu(browser, "Pinned key of the developer", "link", "Edit description");
  await browser.type(await browser.named("field", "API key description"), "For the build");
  await browser.clickNamed("button", "Save");
  await steps.said(browser, "The description is saved.");
  assert.deepEqual(await texts(browser, "key-description"), ["For the build"]);
  await server.whoAmI(token);

  await answer(browser, "For the build", "Delete", "Delete", "The API key is deleted.");
  assert.deepEqual(await browser.visible("key-row"), []);
  assert.equal((await server.rest("/api/v1/users/me", { key: token })).status, 401);
});

eitherWay("a key expires when its owner says, within the maximum", ready, async ({ server, browser }) => {
  await steps.signIn(browser, developer);
  for (const [description, how, milliseconds] of [
    ["usual", () => browser.element("expires").then((list) => browser.choose(list, "6 hours")), 6 * 3_600_000],
    [
      "own",
      async () => {
        await browser.choose(await browser.element("expires"), "Custom");
        await browser.type(await browser.element("custom-amount"), "90");
        await browser.choose(await browser.element("custom-unit"), "minutes");
      },
      90 * 60_000,
    ],
    [
      "ISO 8601",
      async () => {
        await browser.choose(await browser.element("expires"), "Custom");
        await browser.click("custom-iso-open");
        await browser.type(await browser.element("custom-iso"), "P1DT12H");
      },
      36 * 3_600_000,
    ],
  ]) {
    await steps.openGenerate(browser, developer);
    await browser.type(await browser.named("field", "API key description"), description);
    await how();
    await browser.clickNamed("button", "Generate");
    await server.whoAmI(await steps.readKey(browser));
    const { data } = await server.read(developer, "/api/v1/api-keys");
    const key = data.find((key) => key.description === description);
    assert.equal(Date.parse(key.expiry) - Date.parse(key.created), milliseconds, description);
  }
});

const current = { seed: "ready", edition: "current" };

eitherWay(
  "a custom role is created, changed and deleted; one that is assigned stays",
  current,
  async ({ server, browser }) => {
    await steps.signIn(browser, admin);
    await steps.goTo(browser, "current", "Permissions");
    await browser.clickNamed("link", "Create new");
    await browser.type(await browser.named("field", "Name"), "Builders");
    await steps.allowManagingKeys(browser);
    await browser.clickNamed("button", "Confirm");
    await steps.said(browser, "The role is created.");
    const permission = async () => browser.text("role-manage-api-keys", await steps.row(browser, "role", "Builders"));
    assert.equal(await permission(), "Allowed");

    await steps.openRolesOf(browser, "current", viewer);
    await steps.tickRole(browser, "Builders");
    await steps.saveRoles(browser, "current", viewer, "Builders");
    await steps.goTo(browser, "current", "Permissions");
    await steps.chooseInMenu(browser, "Builders", "link", "Edit");
    await browser.choose(await browser.named("field", "Manage API keys"), "User default (Not allowed)");
    await browser.clickNamed("button", "Confirm");
    await steps.said(browser, "The role is saved.");
    assert.equal(await permission(), "User default");

    await steps.chooseInMenu(browser, "Builders", "link", "Delete");
    await browser.element("role-assigned");
    await browser.clickNamed("button", "Delete", await browser.element("dialog"));
    await browser.element("problems");
    const roles = await server.read(admin, "/api/v1/roles?limit=100");
    assert(roles.data.some((role) => role.name === "Builders"));

    await steps.openRolesOf(browser, "current", viewer);
    await browser.click("role-Builders");
    await browser.clickNamed("button", "Assign");
    await steps.said(browser, "The roles are saved.");
    await steps.goTo(browser, "current", "Permissions");
    await answer(browser, "Builders", "Delete", "Delete", "The role is deleted.");
  },
);

consoleTest(
  "times are the reader's own, and the exact instant is behind them",
  { server: ready },
  async ({ server, browser }) => {
    const [{ created }] = (await server.read(developer, "/api/v1/api-keys")).data;
    await steps.signIn(browser, developer);
    const shown = async (timezoneId) => {
      await browser.devTools("Emulation.setTimezoneOverride", { timezoneId });
      await browser.open("/profile/api-keys");
      const [time] = await browser.driver.findElements({ css: "[data-testid=key-row] time" });
      assert.equal(await time.getAttribute("title"), created);
      assert.equal(await time.getAttribute("datetime"), created);
      return time.getText();
    };
    const [tokyo, honolulu] = [await shown("Asia/Tokyo"), await shown("Pacific/Honolulu")];
    const local = (timeZone) =>
      new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(created));
    assert.deepEqual([tokyo, honolulu], [local("Asia/Tokyo"), local("Pacific/Honolulu")]);
  },
);

consoleTest(
  "without scripts times are in UTC",
  { server: ready, browser: { javascript: false } },
  async ({ browser }) => {
    await steps.signIn(browser, developer);
    const [time] = await browser.driver.findElements({ css: "[data-testid=key-row] time" });
    assert.match(await time.getText(), /^\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC$/);
  },
);

consoleTest(
  "a clock that was moved is marked on every page, and keys expire by it",
  { server: ready },
  async ({ server, browser }) => {
    await steps.signIn(browser, developer);
    assert.deepEqual(await texts(browser, "key-status"), ["Active"]);
    assert.deepEqual(await browser.visible("clock"), []);

    await server.control("PUT", "/_mock/clock", { advance: "P366D" });
    await browser.open("/login");
    assert.match(await browser.text("clock"), /^Clock shifted: /);
    await steps.chooseUser(browser, developer);
    await browser.atPath("/profile/api-keys");
    assert.match(await browser.text("clock"), /^Clock shifted: /);
    assert.deepEqual(await texts(browser, "key-status"), ["Expired"]);

    await server.control("PUT", "/_mock/clock", { frozen: true });
    await browser.driver.navigate().refresh();
    assert.match(await browser.text("clock"), /^Clock frozen: /);
  },
);

consoleTest(
  "every page says that this is an emulator, and of which edition",
  { server: { edition: "current" } },
  async ({ browser }) => {
    for (const path of ["/login", "/nowhere"]) {
      await browser.open(path);
      assert.match(await browser.text("emulator-mark"), /^Emulator/);
      assert.equal(await browser.text("edition"), "current edition");
      assert.deepEqual(await browser.visible("clock"), []);
    }
    await steps.signIn(browser, learner);
    assert.match(await browser.text("emulator-mark"), /^Emulator/);
  },
);
