// axe-core on every page, dialog and menu, light and dark, wide and narrow; nothing is wider than a telephone.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { consoleTest } from "./support/console-test.mjs";
import { Audit } from "./support/axe.mjs";
import { admin, developer, learner, shippedSeed, tenantId } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

const unbroken = "x".repeat(120);
const { publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const long = "A description that goes on and on, because nobody told its author where to stop or why one would";

/** The seed `ready` with much of everything: users, statuses, long words, keys of each status. */
function crowdedSeed() {
  const seed = shippedSeed("ready");
  seed.roles.push({ name: "Nobody has it", description: long }, { name: unbroken, description: unbroken });
  seed.users.push(
    { subject: "long", name: unbroken, email: `${unbroken}@example.com`, assignedRoles: [unbroken, "Nobody has it"] },
    { subject: "guest", name: "Gus Guest", email: "guest@example.com", status: "invited", inviteExpiry: "P3D" },
    { subject: "gone", name: "Dora Disabled", email: "disabled@example.com", status: "disabled" },
    ...Array.from({ length: 30 }, (_, index) => ({ subject: `user${index}`, name: `User ${index}` })),
  );
  seed.apiKeys.push(
    { description: unbroken, sub: admin.id, token: "one", expiry: "P1D", created: "-P2D" },
    { description: long, sub: admin.id, token: "two", expiry: "-P1D", created: "-P2D" },
    { description: "Revoked", sub: admin.id, token: "three", expiry: "P1D", created: "-P2D", revoked: true },
    ...Array.from({ length: 20 }, (_, index) => ({
      description: `Expired ${index}`,
      sub: admin.id,
      token: `expired-${index}`,
      expiry: "-P1D",
      created: "-P2D",
    })),
  );
  seed.tenant.name = "A tenant with a name that is rather long";
  return seed;
}

/** A test that looks at screens: `pages` are only opened, `screen` does something on a page before it looks. */
function accessibilityTest(name, how, body) {
  consoleTest(`accessible: ${name}`, how, async ({ server, browser }) => {
    const audit = new Audit(browser);
    const pages = async (...paths) => {
      for (const path of paths) {
        await browser.open(path);
        await audit.look(path);
      }
    };
    const screen = async (path, name, act) => {
      await browser.open(path);
      await act();
      await audit.look(name);
    };
    await body({ server, browser, pages, screen });
    audit.finish();
  });
}

for (const edition of ["classic", "current"]) {
  const how = { server: { seed: crowdedSeed(), edition } };
  const words = steps.words[edition];

  accessibilityTest(`log-in page and errors, ${edition}`, how, async ({ server, browser, pages, screen }) => {
    await pages("/login", "/login?search=nobody", "/login?login_hint=developer", "/nowhere", "/login?returnto=x");
    await screen("/login?search=disabled", "a disabled user", async () => {
      await browser.click("sign-in-user");
      await browser.element("sign-in-problem");
    });
    await screen("/login?search=developer", "an error for somebody without the role", async () => {
      await browser.click("sign-in-user");
      await browser.element("account-menu");
      await browser.open("/console/settings");
      await browser.element("failure-admins");
    });
    await pages("/console/nowhere", "/profile", "/profile/api-keys", "/logout");
    await screen("/logout", "the log-in page after signing out", async () => {
      await browser.click("sign-out");
      await browser.element("flash");
    });
    await server.control("PUT", "/_mock/clock", { frozen: true });
    await screen("/login", "a clock that stands still", () => browser.element("clock"));
  });

  accessibilityTest(`management console, ${edition}`, how, async ({ server, browser, pages, screen }) => {
    const { users } = how.server.seed;
    const id = developer.id;
    await browser.open("/login?search=admin");
    await steps.chooseUser(browser, users[0]);
    await browser.element("account-menu");
    await pages(
      "/console/settings",
      "/console/users",
      "/console/users?search=nobody",
      "/console/users/invite",
      `/console/users/${id}/roles`,
      `/console/users/${id}/disable`,
      `/console/users/${id}/delete`,
      "/console/api-keys",
      "/console/api-keys?search=nothing",
      "/console/api-keys/revoke?key=7d3c1a52-0b1e-4c86-9a57-000000000001&key=7d3c1a52-0b1e-4c86-9a57-000000000002",
      "/console/roles",
      "/console/roles?search=nothing",
      "/console/roles/new",
      "/console/identity-providers",
      "/console/identity-providers/new",
      "/console/oauth",
      "/console/oauth/new",
      "/console/web",
      "/console/web/new",
      "/console/groups",
      "/console/groups?search=nothing",
      "/console/groups/new",
      "/console/groups/000000000000000000000001/roles",
      "/console/groups/000000000000000000000001/members",
    );
    await screen("/console/settings", "settings with a fault", async () => {
      await browser.type(await browser.element("maximum-per-user"), "many");
      await browser.click("maximum-per-user-save");
      await browser.element("maximum-per-user-error");
    });
    await screen("/console/settings", "settings with a fault in a duration", async () => {
      await browser.click("maximum-expiration-iso-open");
      await browser.type(await browser.element("maximum-expiration-iso"), "a week");
      await browser.click("maximum-expiration-save");
      await browser.element("maximum-expiration-iso-error");
    });
    await screen("/console/settings", "settings saved", async () => {
      await browser.click("maximum-per-user-save");
      await browser.element("flash");
    });
    await screen("/console/users", "the menu of the account", () => browser.click("account-menu"));
    await screen("/console/users?search=gus", "the menu of an invited user", () => browser.click("user-menu"));
    await screen("/console/users?search=dora", "the menu of a disabled user", () => browser.click("user-menu"));
    for (const [path, menu, entry] of [
      ["/console/users", null, "invite"],
      ["/console/users?search=eloper", "user-menu", "user-edit-roles"],
      ["/console/users?search=eloper", "user-menu", "user-disable"],
      ["/console/users?search=eloper", "user-menu", "user-delete"],
      ["/console/api-keys?search=pinned+key+of+the+developer", "key-menu", "key-revoke"],
      [`/console/api-keys?search=${unbroken}`, "key-menu", "key-revoke"],
      ["/console/roles", null, "role-new"],
      ["/console/roles?search=nobody", "role-menu", "role-edit"],
      ["/console/roles?search=nobody", "role-menu", "role-delete"],
    ]) {
      await screen(path, `the dialog of ${entry}`, async () => {
        if (menu) await browser.click(menu);
        await browser.click(entry);
        await browser.element("dialog");
      });
    }
    await screen("/console/users/invite", "an invitation with a fault", async () => {
      await browser.type(await browser.element("invite-email"), "nobody");
      await browser.click("invite-send");
      await browser.element("invite-email-error");
    });
    await screen("/console/roles/new", "a role with a name that is taken", async () => {
      await browser.type(await browser.element("role-name"), "Nobody has it");
      await browser.clickNamed("button", words.saveRole);
      await browser.element("role-name-error");
    });
    await screen("/console/groups", "a group with a member who is there already", async () => {
      await browser.click("group-new");
      await browser.type(await browser.element("group-name"), "CG-Keys");
      await browser.click("group-save");
      await browser.element("flash");
      await browser.open("/console/groups?search=CG-Keys");
      await browser.click("group-menu");
      await browser.click("group-show-members");
      for (const then of ["flash", "member-user-error"]) {
        await browser.type(await browser.element("member-user"), developer.email);
        await browser.click("member-add");
        await browser.element(then);
      }
    });
    await screen("/console/settings", "settings with a fault in the life of sessions", async () => {
      for (const field of ["session-inactivity", "session-lifespan"]) {
        await browser.type(await browser.element(field), "61");
      }
      await browser.click("sessions-save");
      await browser.element("session-lifespan-error");
    });
    await screen("/console/identity-providers", "an identity provider with faults", async () => {
      await browser.click("provider-new");
      for (const [field, text] of [
        ["provider-description", long],
        ["provider-issuer-field", unbroken],
        ["provider-key-id-field", unbroken],
        ["provider-pem", "nonsense"],
      ]) {
        await browser.type(await browser.element(field), text);
      }
      await browser.click("provider-save");
      await browser.element("provider-pem-error");
    });
    await screen("/console/identity-providers", "identity providers with one of long names", async () => {
      await browser.click("provider-new");
      await browser.type(await browser.element("provider-issuer-field"), unbroken);
      await browser.type(await browser.element("provider-key-id-field"), unbroken);
      await browser.type(await browser.element("provider-pem"), publicKey);
      await browser.click("provider-save");
      await browser.element("flash");
    });
    await screen("/console/identity-providers", "the menu of an identity provider", () =>
      browser.click("provider-menu"),
    );
    await screen("/console/identity-providers", "the dialog of provider-delete", async () => {
      await browser.click("provider-menu");
      await browser.click("provider-delete");
      await browser.element("dialog");
    });
    await screen("/console/oauth/new", "an OAuth client with faults", async () => {
      await browser.type(await browser.element("oauth-client-name-field"), unbroken);
      await browser.type(await browser.element("oauth-client-redirect-urls-field"), `${unbroken}\n/callback`);
      await browser.type(await browser.element("oauth-client-origins-field"), `https://${unbroken}/`);
      await browser.click("oauth-client-save");
      await browser.element("oauth-client-origins-error");
    });
    await screen("/console/oauth/new", "the secret of a new OAuth client", async () => {
      await browser.type(await browser.element("oauth-client-name-field"), unbroken);
      await browser.type(await browser.element("oauth-client-description-field"), long);
      await browser.type(await browser.element("oauth-client-redirect-urls-field"), `https://${unbroken}/callback`);
      await browser.click("oauth-client-m2m");
      await browser.choose(await browser.element("oauth-client-consent-field"), "Trusted");
      await browser.click("oauth-client-save");
      await browser.element("new-client-curl");
    });
    const shown = await browser.path();
    await screen(shown, "a secret that was shown", () => browser.element("new-client-gone"));
    await pages("/console/oauth", shown.replace("/shown", "/delete"));
    await screen("/console/oauth", "the menu of an OAuth client", () => browser.click("oauth-client-menu"));
    for (const entry of ["oauth-client-new", "oauth-client-delete"]) {
      await screen("/console/oauth", `the dialog of ${entry}`, async () => {
        if (entry !== "oauth-client-new") await browser.click("oauth-client-menu");
        await browser.click(entry);
        await browser.element("dialog");
      });
    }
    await screen("/console/oauth", "what a user is asked for an OAuth client", async () => {
      const redirectUri = "https://example.com/callback";
      const client = await server.change(admin, "POST", "/api/v1/oauth-clients", {
        appType: "web",
        clientName: unbroken,
        description: long,
        redirectUris: [redirectUri],
        allowedScopes: ["user_default", "offline_access", unbroken],
      });
      const request = new URLSearchParams({
        client_id: client.clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: `user_default offline_access ${unbroken}`,
        state: "x",
      });
      await browser.open(`/oauth/authorize?${request}`);
      await browser.element("consent-scopes");
    });
    for (const entry of ["group-edit-roles", "group-edit", "group-delete"]) {
      await screen("/console/groups?search=CG-Keys", `the dialog of ${entry}`, async () => {
        await browser.click("group-menu");
        await browser.click(entry);
        await browser.element("dialog");
      });
    }
    await screen("/console/settings", "a form that was refused", async () => {
      await browser.driver.executeScript(
        "document.querySelectorAll('input[name=csrf]').forEach((field) => field.remove())",
      );
      await browser.click("maximum-per-user-save");
      await browser.element("failure");
    });
  });

  accessibilityTest(`profile, ${edition}`, how, async ({ server, browser, pages, screen }) => {
    await browser.open("/login?search=developer");
    await steps.chooseUser(browser, developer);
    const key = "7d3c1a52-0b1e-4c86-9a57-000000000002";
    await browser.element("account-menu");
    await pages(
      "/profile",
      "/profile/api-keys",
      "/profile/api-keys/generate",
      `/profile/api-keys/${key}/edit`,
      `/profile/api-keys/${key}/delete`,
      `/profile/api-keys/shown/${key}`,
      "/console/settings",
    );
    await screen("/profile/api-keys", "the menu of a key", () => browser.click("key-menu"));
    for (const entry of ["key-edit", "key-delete"]) {
      await screen("/profile/api-keys", `the dialog of ${entry}`, async () => {
        await browser.click("key-menu");
        await browser.click(entry);
        await browser.element("dialog");
      });
    }
    await screen("/profile/api-keys", "the dialog of a new key", async () => {
      await browser.click("generate-new-key");
      await browser.element("description");
      await browser.choose(await browser.element("expires"), "Custom");
      await browser.element("custom-amount");
    });
    await screen("/profile/api-keys/generate", "a new key with a fault", async () => {
      await browser.type(await browser.element("description"), long);
      await browser.choose(await browser.element("expires"), "Custom");
      await browser.type(await browser.element("custom-amount"), "none");
      await browser.click("generate");
      await browser.element("custom-amount-error");
    });
    await screen("/profile/api-keys/generate", "the new key", async () => {
      await browser.type(await browser.element("description"), unbroken);
      await browser.click("generate");
      await browser.element("new-key");
    });
    await screen("/profile/api-keys", "keys with one of a long name", () => browser.element("own-keys"));
    const limit = [{ op: "replace", path: "/max_keys_per_user", value: 1 }];
    await server.change(admin, "PATCH", `/api/v1/api-keys/configs/${tenantId}`, limit);
    await pages("/profile/api-keys", "/profile/api-keys/generate");
  });

  accessibilityTest(`a tenant with nothing in it, ${edition}`, { server: { edition } }, async ({ browser, pages }) => {
    await pages("/login");
    await steps.signIn(browser, learner);
    await pages("/profile/api-keys", "/profile/api-keys/generate", "/profile");
    await steps.signOut(browser, learner);
    await steps.signIn(browser, admin);
    await pages("/console/settings", "/console/api-keys");
  });
}

accessibilityTest("a tenant without users", { server: { seed: "empty" } }, async ({ pages }) => {
  await pages("/login");
});

for (const [what, script, fault] of [
  ["a field without a label", "document.querySelector('label[for=maximum-per-user]').remove()", /: label \(/],
  ["a picture without a text", "document.body.append(new Image(9, 9))", /image-alt/],
  ["a page that is too wide", "document.querySelector('h1').style.width = '3000px'", /wider than the screen/],
]) {
  consoleTest(`accessible: ${what} would be noticed`, {}, async ({ browser }) => {
    await steps.signIn(browser, admin);
    const audit = new Audit(browser);
    await browser.driver.executeScript(script);
    await audit.look("settings");
    assert.throws(() => audit.finish(), fault);
  });
}
