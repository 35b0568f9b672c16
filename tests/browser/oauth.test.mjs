// A page on another origin that acts for a user by OAuth with PKCE, with the published client @qlik/api as it is.
import assert from "node:assert/strict";

import { call, callAndLeave, mashupTest } from "./support/mashup.mjs";
import { admin, viewer } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

const SCOPE = "user_default offline_access";

/** Creates the client of a page that is at `${origin}/app`, and resolves to its id. */
async function register(server, origin, more = {}) {
  const made = await server.change(admin, "POST", "/api/v1/oauth-clients", {
    appType: "spa",
    clientName: "Mashup",
    redirectUris: [`${origin}/app`],
    allowedOrigins: [origin],
    allowedScopes: SCOPE.split(" "),
    ...more,
  });
  return made.clientId;
}

/** Runs `body` with `config`: how the client names an OAuth client. It keeps tokens as long as the tab is open. */
function oauthTest(name, body) {
  mashupTest(name, ({ hostConfig, ...given }) => {
    const { browser, mashup } = given;
    const config = (clientId) =>
      hostConfig({ authType: "oauth2", clientId, scope: SCOPE, accessTokenStorage: "session" });
    // An address of the mashup, with what the tenant added to it.
    const backAt = (pattern) =>
      browser.until(`page ${pattern} of the mashup`, async () => {
        const url = await browser.driver.getCurrentUrl();
        return url.startsWith(`${mashup.origin}/app`) && pattern.test(new URL(url).search);
      });
    return body({ ...given, page: `${mashup.origin}/app`, config, backAt });
  });
}

/** What the client has kept in the tab that is shown: `access-token` or `refresh-token`. */
function kept(browser, clientId, what) {
  return browser.driver.executeScript(
    "return sessionStorage.getItem(arguments[0])",
    `qlik-qmfe-api-${clientId}_${SCOPE}-${what}`,
  );
}

/** Moves the tenant's clock on. */
function pass(server, advance) {
  return server.control("PUT", "/_mock/clock", { advance });
}

/** Opens the page, whose client finds that it has to ask the tenant: a page of the tenant is shown then. */
async function askTenant({ server, browser, page, config }, clientId) {
  await browser.driver.get(page);
  await callAndLeave(browser, config(clientId), "users", "getMyUser");
  await browser.until("page of the tenant", async () => (await browser.driver.getCurrentUrl()).startsWith(server.origin));
}

/** Signs in on the log-in page that is shown, and decides about access: `allow` or `deny`. */
async function decide({ browser }, decision) {
  await steps.chooseUser(browser, viewer);
  await browser.atPath(/^\/oauth\/consent\?/);
  await browser.click(decision);
}

/** The client picks up the code in the address, goes back to the page that asked for it, and gets tokens there. */
async function arrive({ browser, config, backAt }, clientId) {
  await backAt(/^\?code=[^&]+&state=[^&]+$/);
  await callAndLeave(browser, config(clientId), "users", "getMyUser");
  await backAt(/^$/);
  return call(browser, config(clientId), "users", "getMyUser");
}

oauthTest("a page acts for a user who signs in and consents, and six hours later by its refresh token", async (given) => {
  const { server, mashup, browser, page, config } = given;
  const id = await register(server, mashup.origin);
  await askTenant(given, id);
  await steps.chooseUser(browser, viewer);
  await browser.atPath(/^\/oauth\/consent\?/);
  assert.equal(await browser.text("consent-user"), viewer.name);
  assert.match(await browser.text("consent-scopes"), /user_default[^]*offline_access/);
  assert.equal(await browser.text("consent-destination"), mashup.origin);
  await browser.click("allow");

  const me = await arrive(given, id);
  assert.deepEqual([me.status, me.data?.email], [200, viewer.email], me.failure);
  // The user may not, and so the page may not.
  browser.expectAnswer(/^403 .*\/api\/v1\/roles/);
  const refused = await call(browser, config(id), "roles", "createRole", { name: "From a mashup" });
  assert.equal(refused.status, 403, refused.failure);

  // In a browser, the client leaves refreshing to the page: to this function, which it asks again after a 401.
  const [expired, refreshToken] = [await kept(browser, id, "access-token"), await kept(browser, id, "refresh-token")];
  await pass(server, "PT6H1S");
  await browser.driver.get(page);
  await browser.driver.executeScript(
    (host, expired, refreshToken) => {
      const refresh = async () => {
        const answer = await fetch(`${host}/oauth/token`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ grant_type: "refresh_token", refresh_token: refreshToken }),
        });
        return (await answer.json()).access_token;
      };
      window.asked = 0;
      window.accessToken = () => (window.asked++ === 0 ? expired : refresh());
    },
    server.origin,
    expired,
    refreshToken,
  );
  browser.expectAnswer(/^401 .*\/api\/v1\/users\/me$/);
  const refreshing = { ...config(id), accessTokenStorage: undefined, getAccessToken: "accessToken" };
  const again = await call(browser, refreshing, "users", "getMyUser");
  assert.deepEqual([again.status, again.data?.email], [200, viewer.email], again.failure);
  assert.equal(await browser.driver.executeScript("return window.asked"), 2);
});

oauthTest("who allowed it before goes from the log-in page straight back to the page", async (given) => {
  const { server, mashup, browser } = given;
  const id = await register(server, mashup.origin);
  await askTenant(given, id);
  await decide(given, "allow");
  const me = await arrive(given, id);
  assert.deepEqual([me.status, me.data?.email], [200, viewer.email], me.failure);

  // The session has ended with the token; the client sees the 401, and asks for a code anew.
  await pass(server, "PT6H1S");
  browser.expectAnswer(/^401 .*\/api\/v1\/users\/me$/);
  await askTenant(given, id);
  await steps.chooseUser(browser, viewer);
  const again = await arrive(given, id);
  assert.deepEqual([again.status, again.data?.email], [200, viewer.email], again.failure);
});

oauthTest("a page that is denied access learns it", async (given) => {
  const { server, mashup, browser, backAt } = given;
  const id = await register(server, mashup.origin);
  await askTenant(given, id);
  await decide(given, "deny");
  await backAt(/^\?error=access_denied&/);
});

oauthTest("a page of an origin that is not listed gets no token for its code", async (given) => {
  const { server, mashup, browser, config, backAt } = given;
  const id = await register(server, mashup.origin, { allowedOrigins: ["https://elsewhere.example"] });
  await askTenant(given, id);
  await decide(given, "allow");
  await backAt(/^\?code=/);
  browser.expectMessage(/blocked by CORS policy|net::ERR_FAILED|Failed to fetch/);
  browser.expectAnswer(/^403 .*\/oauth\/token$/);
  await callAndLeave(browser, config(id), "users", "getMyUser");
  await backAt(/^$/);
  await callAndLeave(browser, config(id), "users", "getMyUser");
  await browser.until("complaint of the browser", async () =>
    (await browser.messages()).some(({ message }) => /\/oauth\/token.* blocked by CORS policy/.test(message)),
  );
  assert.equal(await kept(browser, id, "access-token"), null);
});
