// @qlik/api as published, against a server with the seed `ready`.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import apiKeys from "@qlik/api/api-keys";
import oauthClients from "@qlik/api/oauth-clients";
import roles from "@qlik/api/roles";
import tenants from "@qlik/api/tenants";
import users from "@qlik/api/users";

import {
  admin,
  basic,
  createOAuthClient,
  createUsers,
  developer,
  junkToken,
  letTimePass,
  origin,
  passAccessTokens,
  requestToken,
  tenantId,
  unknown,
} from "./support.mjs";

/** The options of a call with an API key. `noCache`: this client keeps what it read for ten minutes. */
function as({ token }, onAuthFailed) {
  return { hostConfig: { host: origin, authType: "apikey", apiKey: token, onAuthFailed }, noCache: true };
}

const asAdmin = as(admin);
const asDeveloper = as(developer);

/** What a user of this client sees of a refusal: the message, the status and the first error of the body. */
async function refusal(call) {
  const error = await call.then(
    () => assert.fail("the call was not refused"),
    (reason) => reason,
  );
  const { code, title, detail, source } = error.data.errors[0];
  return { message: error.message.replace(origin, ""), status: error.status, code, title, detail, source };
}

/** The names on each page, from the first page to the last, as `next` leads. */
async function namesByPage(firstPage) {
  const pages = [];
  for (let page = await firstPage; page; page = page.next && (await page.next())) {
    pages.push(page.data.data.map((user) => user.name));
  }
  return pages;
}

describe("users", () => {
  test("me is followed to the user", async () => {
    const { status, data } = await users.getMyUser(asAdmin);
    assert.equal(status, 200);
    assert.equal(data.id, admin.userId);
    assert.equal(data.email, "admin@example.com");
    assert.equal(data.status, "active");
    assert.equal(data.tenantId, tenantId);
    assert.deepEqual(data.assignedRoles.map((role) => role.name).sort(), ["Developer", "TenantAdmin"]);
    assert.equal(data.links.self.href, `${origin}/api/v1/users/${admin.userId}`);
  });

  test("a list is walked over four pages, and back", async () => {
    const names = await createUsers("Walker", 7);
    const first = users.getUsers({ filter: 'name co "walker"', limit: 2, sort: "-name" }, asAdmin);
    const backwards = names.toReversed();
    assert.deepEqual(await namesByPage(first), [
      backwards.slice(0, 2),
      backwards.slice(2, 4),
      backwards.slice(4, 6),
      backwards.slice(6),
    ]);
    assert.equal((await first).prev, undefined);
    const second = await (await first).next();
    assert.deepEqual((await second.prev()).data.data, (await first).data.data);
  });

  test("a filter is posted, and its next page too", async () => {
    const names = await createUsers("Poster", 3);
    const filter = "name co 'poster' or id eq \"" + admin.userId + '"';
    const pages = await namesByPage(users.filterUsers({ limit: 2, sort: "+name" }, { filter }, asAdmin));
    assert.deepEqual(pages, [["Alex Admin", names[0]], names.slice(1)]);
  });

  test("all are counted", async () => {
    const before = (await users.countUsersWithoutQuery(asAdmin)).data.total;
    await createUsers("Counted", 2);
    assert.equal((await users.countUsersWithoutQuery(asAdmin)).data.total, before + 2);
  });

  test("one is created, read, changed and deleted", async () => {
    const created = await users.createUser(
      { subject: "cleo", name: "Cleo Created", email: "cleo@example.com", assignedRoles: [{ name: "Developer" }] },
      asAdmin,
    );
    assert.equal(created.status, 201);
    assert.equal(created.data.status, "invited");
    const { id } = created.data;

    const patched = await users.patchUser(id, [{ op: "replace", path: "/name", value: "Cleo Changed" }], asAdmin);
    assert.equal(patched.status, 204);
    const { data: read } = await users.getUser(id, {}, asAdmin);
    assert.equal(read.name, "Cleo Changed");
    assert.deepEqual(read.assignedRoles.map((role) => role.name), ["Developer"]);

    assert.equal((await users.deleteUser(id, asAdmin)).status, 204);
    const gone = await refusal(users.getUser(id, {}, asAdmin));
    assert.equal(gone.status, 404);
  });

  test("several are invited, each with an answer of its own", async () => {
    const invitees = [{ email: "guest@example.com", name: "Guest" }, { email: "developer@example.com" }];
    const { status, data } = await users.inviteUsers({ invitees }, asAdmin);
    assert.equal(status, 207);
    assert.deepEqual(data.data.map(({ email, status }) => ({ email, status })), [
      { email: "guest@example.com", status: "ok" },
      { email: "developer@example.com", status: "error" },
    ]);
  });
});

describe("roles", () => {
  test("the built-in ones are listed", async () => {
    const { data } = await roles.getRoles({ limit: 100 }, asAdmin);
    for (const name of ["TenantAdmin", "Developer", "UserDefault"]) {
      assert(data.data.some((role) => role.name === name && role.type === "default"), name);
    }
  });

  test("one is found by a filter", async () => {
    const { data } = await roles.getRoles({ filter: 'name eq "TenantAdmin"' }, asAdmin);
    assert.deepEqual(data.data.map(({ name, level }) => ({ name, level })), [{ name: "TenantAdmin", level: "admin" }]);
  });

  test("one is created, changed, read and deleted", async () => {
    const { status, data } = await roles.createRole({ name: "Key holder", assignedScopes: ["api-keys"] }, asAdmin);
    assert.equal(status, 201);
    assert.equal(data.type, "custom");
    const patch = [{ op: "replace", path: "/description", value: "May hold API keys" }];
    assert.equal((await roles.patchRole(data.id, patch, asAdmin)).status, 204);
    const { data: read } = await roles.getRole(data.id, asAdmin);
    assert.deepEqual([read.description, read.assignedScopes], ["May hold API keys", ["api-keys"]]);
    assert.equal((await roles.deleteRole(data.id, asAdmin)).status, 204);
  });
});

describe("tenants", () => {
  test("me is followed to the tenant", async () => {
    const { status, data } = await tenants.getMyTenant(asDeveloper);
    assert.deepEqual([status, data.id, data.name, data.hostnames[0]], [200, tenantId, "Example", "example.localhost"]);
  });

  test("the tenant is read by its id", async () => {
    const { data } = await tenants.getTenant(tenantId, asAdmin);
    assert.deepEqual([data.id, data.status], [tenantId, "active"]);
  });

  test("the tenant is renamed", async () => {
    const rename = (value) => tenants.patchTenant(tenantId, [{ op: "replace", path: "/name", value }], asAdmin);
    assert.equal((await rename("Renamed")).status, 204);
    assert.equal((await tenants.getTenant(tenantId, asAdmin)).data.name, "Renamed");
    await rename("Example");
  });
});

describe("api-keys", () => {
  test("the configuration is read and changed", async () => {
    const { data: before } = await apiKeys.getApiKeysConfig(tenantId, asDeveloper);
    assert.deepEqual([before.max_api_key_expiry, before.api_keys_enabled], ["P365D", true]);
    const set = (value) =>
      apiKeys.patchApiKeysConfig(tenantId, [{ op: "replace", path: "/max_keys_per_user", value }], asAdmin);
    assert.equal((await set(17)).status, 204);
    assert.equal((await apiKeys.getApiKeysConfig(tenantId, asAdmin)).data.max_keys_per_user, 17);
    await set(before.max_keys_per_user);
  });

  test("a key is created, used, listed, changed, read and deleted", async () => {
    const created = await apiKeys.createApiKey({ description: "A key of @qlik/api", expiry: "P7D" }, asDeveloper);
    assert.equal(created.status, 201);
    const { id, token, created: createdAt, expiry, sub, status } = created.data;
    assert.deepEqual([sub, status], [developer.userId, "active"]);
    assert.equal(Date.parse(expiry) - Date.parse(createdAt), 7 * 24 * 60 * 60 * 1000);
    assert.equal((await users.getMyUser(as({ token }))).data.id, developer.userId);

    const { data: list } = await apiKeys.getApiKeys({ sub: developer.userId, status: "active" }, asDeveloper);
    assert.deepEqual(list.data.map((key) => key.id), [id, developer.keyId]);
    assert(list.data.every((key) => !("token" in key)));

    const patch = [{ op: "replace", path: "/description", value: "Renamed" }];
    assert.equal((await apiKeys.patchApiKey(id, patch, asDeveloper)).status, 204);
    assert.equal((await apiKeys.getApiKey(id, asDeveloper)).data.description, "Renamed");

    assert.equal((await apiKeys.deleteApiKey(id, asDeveloper)).status, 204);
    assert.equal((await refusal(apiKeys.getApiKey(id, asDeveloper))).status, 404);
    const heard = [];
    assert.equal((await refusal(users.getMyUser(as({ token }, ({ message }) => heard.push(message))))).status, 401);
    assert.equal(heard.length, 1);
    assert.match(heard[0], /^Unauthorized - .+ \(Status: 401, Code: HTTP-401\)$/);
  });

  test("a list of keys is walked over three pages", async () => {
    const ids = [];
    for (const description of ["first", "second", "third"]) {
      ids.push((await apiKeys.createApiKey({ description }, asDeveloper)).data.id);
      await letTimePass();
    }
    const pages = [];
    let page = await apiKeys.getApiKeys({ sub: developer.userId, sort: "+created", limit: 2 }, asDeveloper);
    for (; page; page = page.next && (await page.next())) pages.push(page.data.data.map((key) => key.id));
    assert.deepEqual(pages, [[developer.keyId, ids[0]], [ids[1], ids[2]]]);
    for (const id of ids) await apiKeys.deleteApiKey(id, asDeveloper);
  });

  test("a key that an admin deletes is revoked, and opens nothing from then on", async () => {
    const { data } = await apiKeys.createApiKey({ description: "To be revoked" }, asDeveloper);
    assert.equal((await apiKeys.deleteApiKey(data.id, asAdmin)).status, 204);
    assert.equal((await apiKeys.getApiKey(data.id, asAdmin)).data.status, "revoked");
    const { message, status } = await refusal(users.getMyUser(as(data)));
    assert.deepEqual({ message, status }, {
      message: "request to '/api/v1/users/me' failed with status 401 Unauthorized.",
      status: 401,
    });
  });
});

describe("refusals", () => {
  test("401 for a key that the tenant never issued", async () => {
    const options = as({ token: junkToken });
    const { message, status, code, title } = await refusal(users.getUser(admin.userId, {}, options));
    assert.deepEqual({ message, status, code, title }, {
      message: `request to '/api/v1/users/${admin.userId}' failed with status 401 Unauthorized.`,
      status: 401,
      code: "HTTP-401",
      title: "Unauthorized",
    });
  });

  test("403 for a developer who changes what is the tenant's", async () => {
    const patch = [{ op: "replace", path: "/max_keys_per_user", value: 1000 }];
    const rename = [{ op: "replace", path: "/name", value: "Mine" }];
    const calls = {
      "/api/v1/users": () => users.createUser({ subject: "nobody" }, asDeveloper),
      "/api/v1/roles": () => roles.createRole({ name: "Nobody" }, asDeveloper),
      [`/api/v1/tenants/${tenantId}`]: () => tenants.patchTenant(tenantId, rename, asDeveloper),
      [`/api/v1/api-keys/configs/${tenantId}`]: () => apiKeys.patchApiKeysConfig(tenantId, patch, asDeveloper),
      [`/api/v1/api-keys/${admin.keyId}`]: () => apiKeys.deleteApiKey(admin.keyId, asDeveloper),
    };
    for (const [path, call] of Object.entries(calls)) {
      const { message, status, title, detail } = await refusal(call());
      assert.deepEqual([message, status, title], [
        `request to '${path}' failed with status 403 Forbidden.`,
        403,
        "Forbidden",
      ]);
      assert.match(detail, /TenantAdmin|another user/);
    }
  });

  test("404 for what is not there", async () => {
    const calls = {
      [`/api/v1/users/${unknown.user}`]: () => users.getUser(unknown.user, {}, asAdmin),
      [`/api/v1/roles/${unknown.role}`]: () => roles.getRole(unknown.role, asAdmin),
      [`/api/v1/tenants/${unknown.tenant}`]: () => tenants.getTenant(unknown.tenant, asAdmin),
      [`/api/v1/api-keys/${unknown.key}`]: () => apiKeys.getApiKey(unknown.key, asAdmin),
    };
    const codes = [];
    for (const [path, call] of Object.entries(calls)) {
      const { message, status, code } = await refusal(call());
      assert.deepEqual([message, status], [`request to '${path}' failed with status 404 Not Found.`, 404]);
      codes.push(code);
    }
    assert.deepEqual(codes, ["USERS-7", "IDENTITIES-10402", "TENANTS-8", "HTTP-404"]);
  });

  test("400 for what cannot be understood names the place", async () => {
    const body = await refusal(apiKeys.createApiKey({ expiry: "7 days" }, asDeveloper));
    assert.deepEqual([body.message, body.status], [
      "request to '/api/v1/api-keys' failed with status 400 Bad Request.",
      400,
    ]);
    assert.deepEqual(body.source, { pointer: "/description" });

    const query = await refusal(users.getUsers({ limit: 1000 }, asAdmin));
    assert.deepEqual([query.message, query.status], [
      "request to '/api/v1/users?limit=1000' failed with status 400 Bad Request.",
      400,
    ]);
    assert.deepEqual(query.source, { parameter: "limit" });
  });
});

// This client sends the secret in a JSON body, and keeps the token that it gets until a call is answered with 401.
describe("OAuth client credentials", () => {
  const impersonation = "urn:qlik:oauth:user-impersonation";
  let robot;

  before(async () => {
    const scopes = ["user_default", "admin_classic"];
    robot = await createOAuthClient(scopes, ["client_credentials", impersonation]);
  });

  after(() => robot.remove());

  /** The options of a call by the OAuth client. */
  function asRobot(more) {
    const { clientId, clientSecret } = robot;
    return { hostConfig: { host: origin, authType: "oauth2", clientId, clientSecret, ...more }, noCache: true };
  }

  test("the client acts for itself, as its bot user", async () => {
    const { data } = await users.getMyUser(asRobot());
    assert.deepEqual([data.subject, data.clientId, data.status], [robot.subject, robot.clientId, "active"]);
  });

  test("the scope says how much of the bot's roles it may use", async () => {
    const name = "Made by a robot";
    assert.equal((await refusal(roles.createRole({ name }, asRobot()))).status, 403);
    const { status, data } = await roles.createRole({ name }, asRobot({ scope: "admin_classic" }));
    assert.deepEqual([status, data.name], [201, name]);
    await roles.deleteRole(data.id, asAdmin);
  });

  test("it acts as a user whom it names by id or subject", async () => {
    const { data: found } = await users.getUser(developer.userId, {}, asAdmin);
    for (const who of [{ userId: found.id }, { subject: found.subject }]) {
      assert.equal((await users.getMyUser(asRobot(who))).data.id, developer.userId);
    }
  });

  test("a plain request gets a token by a form, and by HTTP Basic", async () => {
    const grant = { grant_type: "client_credentials" };
    const { clientId: client_id, clientSecret: client_secret } = robot;
    const bySecret = new URLSearchParams({ ...grant, client_id, client_secret });
    for (const asked of [requestToken(bySecret), requestToken(new URLSearchParams(grant), basic(robot))]) {
      const answer = await asked;
      const { access_token: apiKey, token_type, expires_in } = await answer.json();
      assert.deepEqual([answer.status, token_type, expires_in], [200, "bearer", 21_600]);
      assert.equal((await users.getMyUser(as({ token: apiKey }))).data.subject, robot.subject);
    }
  });

  test("after six hours it asks for another token by itself", async () => {
    await users.getMyUser(asRobot());
    await passAccessTokens();
    assert.equal((await users.getMyUser(asRobot())).data.subject, robot.subject);
  });

  test("an OAuth client is deleted with its id as confirmation, which this client leaves to its user", async () => {
    const asked = { appType: "web", clientName: "To be deleted" };
    const { data } = await oauthClients.createOAuthClient(asked, asAdmin);
    const { status } = await refusal(oauthClients.deleteOAuthClient(data.clientId, asAdmin));
    assert.equal(status, 400);
    const confirmed = { ...asAdmin, headers: { "qlik-confirm-delete": data.clientId } };
    assert.equal((await oauthClients.deleteOAuthClient(data.clientId, confirmed)).status, 204);
  });

  test("without its secret it gets none, and the one it has is good until it ends", async () => {
    await robot.deleteSecret();
    assert.equal((await users.getMyUser(asRobot())).data.subject, robot.subject);
    await assert.rejects(users.getMyUser(asRobot({ noCache: true })), ({ errors: [error] }) => {
      assert.deepEqual([error.title, error.status, error.code], ["invalid_client", "401", "HTTP-401"]);
      return true;
    });
  });
});
