// What the console refuses: a clear page, and nothing done.
import assert from "node:assert/strict";

import { consoleTest } from "./support/console-test.mjs";
import { admin, developer, learner, shippedSeed, startForeignSite, tenantId, viewer } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

const ready = { server: { seed: "ready" } };

/** Whether API keys are switched on, as REST tells the admin. */
async function enabled(server) {
  return (await server.read(admin, `/api/v1/api-keys/configs/${tenantId}`)).api_keys_enabled;
}

/** Requires the page of an error with this status and title. */
async function requireFailure(browser, status, title) {
  assert.deepEqual(
    [await browser.text("failure-status"), await browser.text("failure-title")],
    [String(status), title],
  );
}

/** Sets the CSRF token of every form on the page; `null` takes the field away. */
function forge(browser, token) {
  return browser.driver.executeScript((token) => {
    const fields = document.querySelectorAll("input[name=csrf]");
    for (const field of fields) {
      if (token === null) field.remove();
      else field.value = token;
    }
    return fields.length;
  }, token);
}

const formRefused = "This form was refused";

for (const [what, token] of Object.entries({
  "without a CSRF token": () => null,
  "with an empty CSRF token": () => "",
  "with the CSRF token of another session": async (server) => {
    const cookie = await server.signIn(learner);
    const response = await server.rest("/api/v1/csrf-token", { headers: { cookie } });
    return response.headers.get("qlik-csrf-token");
  },
})) {
  consoleTest(`a form ${what} is refused`, {}, async ({ server, browser }) => {
    await steps.signIn(browser, admin);
    assert((await forge(browser, await token(server))) > 3);
    await browser.clickNamed("button", "Enable API keys");
    await requireFailure(browser, 403, formRefused);
    assert.match(await browser.text("failure-sentence"), /Nothing was changed\.$/);
    assert.equal(await enabled(server), false);

    // The page itself is in order again after a reload.
    await browser.open("/console/settings");
    await steps.enableKeys(browser);
  });
}

/** A page that sends a form by itself, with the CSRF token that it has found out somehow. */
function trap(action, values) {
  const fields = Object.entries(values).map(([name, value]) => `<input name="${name}" value="${value}">`);
  return `<form method="post" action="${action}">${fields.join("")}</form><script>document.forms[0].submit()</script>`;
}

// The port does not belong to a site: from another port of the same host the browser sends the session along.
for (const [site, host, policy] of [
  ["another port of this host", "127.0.0.1", ""],
  ["another host", "localhost", ""],
  ["a page that hides where it is", "127.0.0.1", '<meta name="referrer" content="no-referrer">'],
]) {
  consoleTest(`a form from ${site} is refused`, { browser: null }, async ({ server, open }) => {
    let page = "";
    const foreign = await startForeignSite(() => page, host);
    try {
      const browser = await open({ friends: [foreign.origin] });
      await steps.signIn(browser, admin);
      const csrf = await browser.driver.executeScript("return document.querySelector('input[name=csrf]').value");

      page = policy + trap(`${server.origin}/console/settings/api-keys/enabled`, { enabled: "true", csrf });
      await browser.driver.get(foreign.origin);
      await requireFailure(browser, 403, formRefused);
      assert.equal(await enabled(server), false);

      page = policy + trap(`${server.origin}/login`, { user: learner.email });
      await browser.driver.get(foreign.origin);
      await requireFailure(browser, 403, formRefused);
      await browser.open("/");
      await browser.named("button", `Account of ${admin.name}`);
    } finally {
      await foreign.stop();
    }
  });
}

consoleTest(
  "a form of a session that was signed out in another window does nothing",
  {},
  async ({ server, browser }) => {
    await steps.signIn(browser, admin);
    const first = await browser.driver.getWindowHandle();
    await browser.driver.switchTo().newWindow("tab");
    await browser.open("/");
    await steps.signOut(browser, admin);
    await browser.driver.switchTo().window(first);

    await browser.clickNamed("button", "Enable API keys");
    await requireFailure(browser, 401, "Sign in to go on");
    assert.match(await browser.text("failure-sentence"), /Your session has ended.*Nothing was changed\.$/);
    assert.equal(await enabled(server), false);

    await browser.clickNamed("link", "Sign in");
    await browser.atPath("/login");
    await steps.chooseUser(browser, admin);
    await browser.atPath("/console/settings");
  },
);

consoleTest("a form without the cookie of the session does nothing", {}, async ({ server, browser }) => {
  await steps.signIn(browser, admin);
  await browser.driver.manage().deleteCookie("eas.sid");
  await browser.clickNamed("button", "Enable API keys");
  await requireFailure(browser, 401, "Sign in to go on");
  assert.equal(await enabled(server), false);
});

consoleTest("a page of a session that has ended leads to the log-in page and back", {}, async ({ browser }) => {
  await steps.signIn(browser, admin);
  const { value } = await browser.driver.manage().getCookie("eas.sid");
  await steps.signOut(browser, admin);
  await browser.driver.manage().addCookie({ name: "eas.sid", value, httpOnly: true });
  await browser.open("/console/users?sort=-name");
  await browser.atPath(/^\/login\?returnto=/);
  assert.match(await browser.text("sign-in-problem"), /^Your session has ended\./);
  await steps.chooseUser(browser, admin);
  await browser.atPath("/console/users?sort=-name");
});

consoleTest("the session is in a cookie that no script can read", {}, async ({ browser }) => {
  await steps.signIn(browser, admin);
  const { httpOnly, sameSite } = await browser.driver.manage().getCookie("eas.sid");
  assert.deepEqual({ httpOnly, sameSite }, { httpOnly: true, sameSite: "Lax" });
  assert.doesNotMatch(await browser.driver.executeScript("return document.cookie"), /eas\.sid/);
});

consoleTest(
  "a tenant admin who loses the role meanwhile is told whom to ask",
  ready,
  async ({ server, browser, open }) => {
    const boss = { id: developer.id, name: developer.name, email: developer.email };
    await server.change(admin, "PATCH", `/api/v1/users/${boss.id}`, [
      { op: "add", path: "/assignedRoles", value: [{ name: "TenantAdmin" }] },
    ]);
    await steps.signIn(browser, admin);
    assert.equal(await steps.keysAreEnabled(browser), true);

    const other = await open();
    await steps.signIn(other, boss);
    await steps.openRolesOf(other, "classic", admin);
    const box = await other.element("role-TenantAdmin");
    assert.equal(await box.isSelected(), true);
    await box.click();
    await other.clickNamed("button", "Save");
    await steps.said(other, "The roles are saved.");

    await browser.clickNamed("button", "Enable API keys");
    await requireFailure(browser, 403, "You don’t have access to this");
    assert.equal(await browser.text("failure-admins"), `${boss.name} ${boss.email}`);
    const config = await server.read(boss, `/api/v1/api-keys/configs/${tenantId}`);
    assert.equal(config.api_keys_enabled, true);
    assert.deepEqual(await browser.visible("area-console"), []);
  },
);

consoleTest("a user who loses the role meanwhile cannot generate a key", ready, async ({ server, browser, open }) => {
  await steps.signIn(browser, developer);
  await steps.openGenerate(browser, developer);

  const other = await open();
  await steps.signIn(other, admin);
  await steps.openRolesOf(other, "classic", developer);
  const box = await other.element("role-Developer");
  await box.click();
  await other.clickNamed("button", "Save");
  await steps.said(other, "The roles are saved.");

  await browser.type(await browser.named("field", "API key description"), "Too late");
  await browser.clickNamed("button", "Generate");
  await browser.element("obstacle-may-not-hold-keys");
  const { data } = await server.read(admin, "/api/v1/api-keys");
  assert(data.every((key) => key.description !== "Too late"));
});

consoleTest("the limit and the switch are checked when a key is generated", ready, async ({ server, browser }) => {
  await steps.signIn(browser, developer);
  await steps.openGenerate(browser, developer);
  await server.change(admin, "PATCH", `/api/v1/api-keys/configs/${tenantId}`, [
    { op: "replace", path: "/max_keys_per_user", value: 1 },
    { op: "replace", path: "/api_keys_enabled", value: false },
  ]);
  await browser.type(await browser.named("field", "API key description"), "One too many");
  await browser.clickNamed("button", "Generate");
  await browser.element("obstacle-keys-switched-off");
  await browser.element("obstacle-key-limit-reached");
  const { data } = await server.read(admin, "/api/v1/api-keys");
  assert.equal(data.length, 2);

  await browser.open("/profile/api-keys");
  await browser.element("obstacle-key-limit-reached");
  assert.deepEqual(await browser.visible("generate-new-key"), []);
});

consoleTest("pages of the management console are for tenant admins", ready, async ({ browser }) => {
  await steps.signIn(browser, viewer);
  assert.equal(await browser.path(), "/profile/api-keys");
  for (const path of [
    "/console",
    "/console/settings",
    "/console/users",
    "/console/users/invite",
    `/console/users/${viewer.id}/roles`,
    `/console/users/${viewer.id}/disable`,
    `/console/users/${viewer.id}/delete`,
    "/console/api-keys",
    "/console/api-keys/revoke?key=7d3c1a52-0b1e-4c86-9a57-000000000001",
    "/console/roles/new",
    "/console/oauth",
    "/console/oauth/new",
  ]) {
    await browser.open(path);
    assert.equal(await browser.text("failure-title"), "You don’t have access to this", path);
    assert.equal(await browser.text("failure-status"), "403");
    assert.equal(await browser.text("failure-admins"), `${admin.name} ${admin.email}`);
  }
});

consoleTest("a key of somebody else is none of the profile's business", ready, async ({ browser }) => {
  const key = "7d3c1a52-0b1e-4c86-9a57-000000000001";
  await steps.signIn(browser, developer);
  for (const path of [`shown/${key}`, `${key}/edit`, `${key}/delete`]) {
    await browser.open(`/profile/api-keys/${path}`);
    assert.equal(await browser.text("failure-status"), "403", path);
  }
});

consoleTest("a path that leads nowhere has a page too", ready, async ({ browser }) => {
  await browser.open("/console/nowhere");
  assert.equal(await browser.text("failure-status"), "404");
  await steps.signIn(browser, admin);
  for (const path of ["/console/nowhere", "/console/roles/nothing", "/console/users/nobody/roles"]) {
    await browser.open(path);
    assert.equal(await browser.text("failure-status"), "404", path);
    await browser.named("button", `Account of ${admin.name}`);
  }
});

consoleTest(
  "a disabled user is refused with the reason, also in the middle of a session",
  ready,
  async ({ browser, open }) => {
    await steps.signIn(browser, viewer);

    const other = await open();
    await steps.signIn(other, admin);
    await steps.goTo(other, "classic", "Users");
    await steps.chooseInMenu(other, viewer.name, "link", "Disable");
    await other.clickNamed("button", "Disable");
    await steps.said(other, "The user is disabled.");
    assert.equal(await other.text("user-status", await steps.row(other, "user", viewer.email)), "Disabled");

    await browser.open("/profile");
    await browser.atPath(/^\/login\?returnto=/);
    await steps.chooseUser(browser, viewer);
    assert.match(await browser.text("sign-in-problem"), /disabled/);
    assert.deepEqual(await browser.visible("account-menu"), []);
  },
);

consoleTest("the log-in page returns to pages of this tenant", ready, async ({ browser }) => {
  await browser.open("/login?returnto=%2Fprofile");
  await steps.chooseUser(browser, developer);
  await browser.atPath("/profile");
  await browser.open(`/login?returnto=${encodeURIComponent(`${browser.origin}/profile/api-keys`)}`);
  await browser.atPath("/profile/api-keys");
});

for (const foreign of [
  "https://elsewhere.example/",
  "//elsewhere.example/",
  "/\\elsewhere.example/",
  "http://127.0.0.1:1/",
  "javascript:alert(1)",
]) {
  consoleTest(`the log-in page does not return to ${foreign}`, ready, async ({ browser }) => {
    await browser.open(`/login?returnto=${encodeURIComponent(foreign)}`);
    await requireFailure(browser, 401, "Illegal returnto value");
    assert.deepEqual(await browser.visible("sign-in-user"), []);

    await browser.open("/login?returnto=%2Fprofile");
    await browser.driver.executeScript(
      "document.querySelector('.choices').closest('form').returnto.value = arguments[0]",
      foreign,
    );
    await steps.chooseUser(browser, developer);
    await requireFailure(browser, 401, "Illegal returnto value");
    await browser.open("/");
    await browser.atPath("/login");
  });
}

consoleTest("prompt and login_hint choose who signs in", ready, async ({ browser }) => {
  await steps.signIn(browser, developer);
  await browser.open("/login?prompt=login&returnto=%2Fprofile&login_hint=viewer%40example.com");
  const [first] = await browser.visible("sign-in-user");
  assert((await first.getText()).includes(viewer.name));
  assert.equal(await browser.driver.switchTo().activeElement().getAttribute("value"), viewer.id);
  await first.click();
  await browser.atPath("/profile");
  assert.equal(await browser.text("profile-name"), viewer.name);

  await steps.signOut(browser, viewer);
  await browser.open("/login?prompt=none&returnto=%2Fprofile");
  assert.equal(await browser.text("failure-status"), "401");
});

consoleTest(
  "a fault in a form stands beside its field, and what was typed is kept",
  ready,
  async ({ server, browser }) => {
    await steps.signIn(browser, admin);
    for (const [field, button, typed, path] of [
      ["maximum-per-user", "maximum-per-user-save", "1001", "/max_keys_per_user"],
      ["maximum-expiration-amount", "maximum-expiration-save", "soon", "/max_api_key_expiry"],
    ]) {
      await browser.open("/console/settings");
      await browser.type(await browser.element(field), typed);
      await browser.click(button);
      const fault = await browser.element(`${field}-error`);
      const again = await browser.element(field);
      assert.equal(await again.getAttribute("value"), typed);
      assert.equal(await again.getAttribute("aria-invalid"), "true");
      assert((await again.getAttribute("aria-describedby")).split(" ").includes(await fault.getAttribute("id")), path);
    }
    const config = await server.read(admin, `/api/v1/api-keys/configs/${tenantId}`);
    const { apiKeySettings } = shippedSeed("ready");
    assert.equal(config.max_keys_per_user, apiKeySettings.max_keys_per_user);
    assert.equal(config.max_api_key_expiry, apiKeySettings.max_api_key_expiry);

    await browser.open("/profile/api-keys/generate");
    await browser.type(await browser.named("field", "API key description"), "Longer than allowed");
    await browser.choose(await browser.named("field", "Expires in"), "Custom");
    await browser.type(await browser.element("custom-amount"), "366");
    await browser.clickNamed("button", "Generate");
    await browser.element("custom-amount-error");
    assert.equal(await (await browser.element("description")).getAttribute("value"), "Longer than allowed");
    assert.equal(await (await browser.element("custom-amount")).getAttribute("value"), "366");
    assert.equal((await server.read(admin, "/api/v1/api-keys")).data.length, 2);
  },
);
