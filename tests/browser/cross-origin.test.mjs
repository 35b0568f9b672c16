// Pages on other origins that call the tenant, with the published client @qlik/api as it is.
import assert from "node:assert/strict";

import { call, callAndLeave, mashupTest } from "./support/mashup.mjs";
import { admin, viewer } from "./support/server.mjs";
import * as steps from "./support/steps.mjs";

/** Creates a web integration that lists these origins, and resolves to its id. */
async function integrate(server, validOrigins) {
  const made = await server.change(admin, "POST", "/api/v1/web-integrations", { name: "Mashup", validOrigins });
  return made.id;
}

/** Runs `body` beside a page on another origin. `config` is how the client names a web integration. */
function integrationTest(name, body) {
  mashupTest(name, ({ hostConfig, ...given }) => {
    const config = (webIntegrationId) => hostConfig({ authType: "cookie", webIntegrationId });
    return body({ ...given, config });
  });
}

integrationTest("a page of a web integration signs its user in and calls the tenant", async (given) => {
  const { server, mashup, browser, config } = given;
  const id = await integrate(server, [mashup.origin]);
  browser.expectAnswer(/^401 .*\/api\/v1\/users\/me$/);
  const page = `${mashup.origin}/app?sheet=1`;
  await browser.driver.get(page);

  // Without a session the client goes to the log-in page, and comes back from there.
  await callAndLeave(browser, config(id), "users", "getMyUser");
  await browser.until("log-in page", async () => (await browser.driver.getCurrentUrl()).startsWith(server.origin));
  await steps.chooseUser(browser, admin);
  await browser.until("page of the mashup", async () => (await browser.driver.getCurrentUrl()) === page);

  const me = await call(browser, config(id), "users", "getMyUser");
  assert.deepEqual([me.status, me.data?.email], [200, admin.email], me.failure);
  // A change needs the CSRF token, which the page has to be able to read.
  const made = await call(browser, config(id), "roles", "createRole", { name: "From a mashup" });
  assert.deepEqual([made.status, made.data?.name], [201, "From a mashup"], made.failure);
  // The page sees errors, too.
  browser.expectAnswer(/^404 .*\/api\/v1\/users\/nobody$/);
  const missing = await call(browser, config(id), "users", "getUser", "nobody", {});
  assert.equal(missing.status, 404, missing.failure);
});

integrationTest("a page of an origin that is not listed gets nothing", async (given) => {
  const { server, mashup, browser, config } = given;
  const id = await integrate(server, ["https://elsewhere.example"]);
  const none = "none-is-called-this";
  await steps.signIn(browser, viewer);
  await browser.driver.get(mashup.origin);
  browser.expectMessage(/blocked by CORS policy|net::ERR_FAILED/);
  browser.expectAnswer(/^403 .*\/api\/v1\/users/);
  for (const named of [id, none, undefined]) {
    const refused = await call(browser, config(named), "users", "getMyUser");
    assert.match(refused.failure ?? "", /fetch/i, JSON.stringify(refused));
  }
  // A listed origin is let in from the next request on, and shut out again.
  const list = async (origins) => {
    const change = [{ op: "replace", path: "/validOrigins", value: origins }];
    await server.change(admin, "PATCH", `/api/v1/web-integrations/${id}`, change);
  };
  await list([mashup.origin]);
  const me = await call(browser, config(id), "users", "getMyUser");
  assert.deepEqual([me.status, me.data?.email], [200, viewer.email], me.failure);
  await list([]);
  assert.match((await call(browser, config(id), "users", "getMyUser")).failure ?? "", /fetch/i);
});

integrationTest("a tenant admin lets a page in and shuts it out in the console", async (given) => {
  const { mashup, browser, config } = given;
  await steps.signIn(browser, admin);
  await steps.goTo(browser, "classic", "Web");
  await browser.clickNamed("link", "Create new");
  await browser.type(await browser.named("field", "Name"), "Mashup");
  const origins = await browser.named("field", "Origins");
  await browser.type(origins, `${mashup.origin}/`);
  await browser.clickNamed("button", "Save");
  assert.match(await browser.text("web-integration-origins-error"), /without a slash/);
  await browser.type(await browser.named("field", "Origins"), `${mashup.origin}\nhttps://elsewhere.example`);
  await browser.clickNamed("button", "Save");
  await steps.said(browser, "The web integration is created.");
  assert.match(await browser.text("web-integration-origins"), /elsewhere/);
  const id = await browser.text("web-integration-id");

  await browser.driver.get(mashup.origin);
  const me = await call(browser, config(id), "users", "getMyUser");
  assert.deepEqual([me.status, me.data?.email], [200, admin.email], me.failure);

  await browser.open("/console/web");
  await steps.chooseInMenu(browser, "Mashup", "link", "Delete");
  await browser.click("confirm");
  await steps.said(browser, "The web integration is deleted.");
  await browser.element("empty");
  browser.expectMessage(/blocked by CORS policy|net::ERR_FAILED/);
  browser.expectAnswer(/^403 .*\/api\/v1\/users/);
  await browser.driver.get(mashup.origin);
  assert.match((await call(browser, config(id), "users", "getMyUser")).failure ?? "", /fetch/i);
});
