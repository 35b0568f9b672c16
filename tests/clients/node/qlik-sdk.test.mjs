// @qlik/sdk as published, against a server with the seed `ready`.
//
// The host is given by number: with `localhost:PORT` this client takes `localhost` for the scheme.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";

import Qlik, { AuthType } from "@qlik/sdk";
import generateSignedToken from "@qlik/sdk/generateSignedToken";

import {
  admin,
  createOAuthClient,
  createUsers,
  developer,
  junkToken,
  letTimePass,
  origin,
  requestToken,
  tenantId,
  unknown,
} from "./support.mjs";

function as({ token }) {
  return new Qlik({ host: origin, authType: AuthType.APIKey, apiKey: token });
}

const asAdmin = as(admin);
const asDeveloper = as(developer);

/** What a user of this client sees of a refusal: the error's class and message, the status, the body's first error. */
async function refusal(call) {
  const error = await call.then(
    () => assert.fail("the call was not refused"),
    (reason) => reason,
  );
  const { code, title, detail, source } = error.errors[0];
  return { name: error.name, message: error.message, status: error.status, code, title, detail, source };
}

describe("users", () => {
  test("me is followed to the user", async () => {
    const me = await asAdmin.users.getMe();
    assert.deepEqual([me.id, me.email, me.status, me.tenantId], [admin.userId, "admin@example.com", "active", tenantId]);
    assert.deepEqual(me.assignedRoles.map((role) => role.name).sort(), ["Developer", "TenantAdmin"]);
    assert.equal(await asAdmin.auth.isAuthenticated(), true);
  });

  test("a list is walked over four pages", async () => {
    const names = await createUsers("Walker", 7);
    const list = await asAdmin.users.getUsers({ filter: 'name co "walker"', sort: "-name", limit: 2 });
    assert.equal(list.length, 2);
    const walked = [];
    for await (const user of list.pagination) walked.push(user.name);
    assert.deepEqual(walked, names.toReversed());
  });

  test("a list as the client asks for it holds active users only", async () => {
    await createUsers("Invited", 1);
    // Spread, because `map` of this client's lists throws.
    const names = [...(await asAdmin.users.getUsers())].map((user) => user.name);
    assert.deepEqual(names, ["Alex Admin", "Dev Eloper", "Vi Ewer"]);
  });

  test("a filter is posted", async () => {
    const names = await createUsers("Poster", 2);
    const list = await asAdmin.users.filter({ filter: 'name co "poster"' });
    assert.deepEqual([...list].map((user) => user.name), names);
  });

  test("all are counted", async () => {
    const { total } = await asAdmin.users.count();
    await createUsers("Counted", 2);
    assert.equal((await asAdmin.users.count()).total, total + 2);
  });

  test("one is created, read, changed and deleted", async () => {
    const user = await asAdmin.users.create({ subject: "cleo", name: "Cleo Created", email: "cleo@example.com" });
    assert.equal(user.status, "invited");
    await user.patch([{ op: "replace", path: "/name", value: "Cleo Changed" }]);
    assert.equal((await asAdmin.users.get(user.id)).name, "Cleo Changed");
    await user.delete();
    assert.equal((await refusal(asAdmin.users.get(user.id))).status, 404);
  });
});

describe("roles", () => {
  test("the built-in ones are listed and read", async () => {
    const list = await asAdmin.roles.getRoles({ limit: 100 });
    for (const name of ["TenantAdmin", "Developer", "UserDefault"]) {
      const { id } = list.find((role) => role.name === name);
      assert.equal((await asAdmin.roles.get(id)).name, name);
    }
  });
});

describe("tenants", () => {
  test("me is followed to the tenant, which can be read by its id too", async () => {
    const me = await asDeveloper.tenants.getMe();
    assert.deepEqual([me.id, me.name, me.hostnames[0]], [tenantId, "Example", "example.localhost"]);
    assert.equal((await asDeveloper.tenants.get(tenantId)).id, tenantId);
  });

  test("the tenant is renamed", async () => {
    const tenant = await asAdmin.tenants.get(tenantId);
    await tenant.patch([{ op: "replace", path: "/name", value: "Renamed" }]);
    assert.equal((await asAdmin.tenants.getMe()).name, "Renamed");
    await tenant.patch([{ op: "replace", path: "/name", value: "Example" }]);
  });
});

describe("api-keys", () => {
  test("the configuration is read and changed", async () => {
    const before = await asDeveloper.apiKeys.getConfig(tenantId);
    assert.deepEqual([before.max_api_key_expiry, before.api_keys_enabled], ["P365D", true]);
    const set = (value) =>
      asAdmin.apiKeys.patchConfig(tenantId, [{ op: "replace", path: "/max_keys_per_user", value }]);
    await set(17);
    assert.equal((await asAdmin.apiKeys.getConfig(tenantId)).max_keys_per_user, 17);
    await set(before.max_keys_per_user);
  });

  test("a key is created, used, listed, changed, read and deleted", async () => {
    const { id, token, sub } = await asDeveloper.apiKeys.create({ description: "A key of @qlik/sdk", expiry: "P7D" });
    assert.equal(sub, developer.userId);
    assert.equal((await as({ token }).users.getMe()).id, developer.userId);

    const list = await asDeveloper.apiKeys.getApiKeys({ sub: developer.userId });
    assert.deepEqual([...list].map((key) => key.id), [id, developer.keyId]);
    const key = await asDeveloper.apiKeys.get(id);
    await key.patch([{ op: "replace", path: "/description", value: "Renamed" }]);
    assert.equal((await asDeveloper.apiKeys.get(id)).description, "Renamed");

    await key.delete();
    assert.equal((await refusal(asDeveloper.apiKeys.get(id))).status, 404);
    assert.equal(await as({ token }).auth.isAuthenticated(), false);
  });

  test("a list of keys is walked over three pages", async () => {
    const ids = [developer.keyId];
    for (const description of ["first", "second", "third", "fourth"]) {
      ids.push((await asDeveloper.apiKeys.create({ description })).id);
      await letTimePass();
    }
    const list = await asDeveloper.apiKeys.getApiKeys({ sub: developer.userId, limit: 2, sort: "+created" });
    const walked = [];
    for await (const key of list.pagination) walked.push(key);
    assert.deepEqual(walked.map((key) => key.id), ids);
    for (const key of walked.slice(1)) await key.delete();
  });

  test("a key that an admin deletes is revoked, and opens nothing from then on", async () => {
    const { id, token } = await asDeveloper.apiKeys.create({ description: "To be revoked" });
    await (await asAdmin.apiKeys.get(id)).delete();
    assert.equal((await asAdmin.apiKeys.get(id)).status, "revoked");
    const { name, message, status } = await refusal(as({ token }).users.getMe());
    assert.deepEqual({ name, message, status }, {
      name: "AuthenticationError",
      message: "Failed to authenticate host using api-key",
      status: 401,
    });
  });
});

describe("refusals", () => {
  test("401 for a key that the tenant never issued", async () => {
    const { name, message, status, code, title } = await refusal(as({ token: junkToken }).users.getMe());
    assert.deepEqual({ name, message, status, code, title }, {
      name: "AuthenticationError",
      message: "Failed to authenticate host using api-key",
      status: 401,
      code: "HTTP-401",
      title: "Unauthorized",
    });
  });

  test("403 for a developer who changes what is the tenant's: the message is the title of the error", async () => {
    const patch = [{ op: "replace", path: "/max_keys_per_user", value: 1000 }];
    const calls = [
      () => asDeveloper.users.create({ subject: "nobody" }),
      () => asDeveloper.roles.getRoles(),
      () => asDeveloper.apiKeys.patchConfig(tenantId, patch),
      () => asDeveloper.apiKeys.get(admin.keyId),
    ];
    for (const call of calls) {
      const { name, message, status, title, detail } = await refusal(call());
      assert.deepEqual([name, status, message, title], ["CustomError", 403, "Forbidden", "Forbidden"]);
      assert.match(detail, /TenantAdmin|another user/);
    }
  });

  test("404 for what is not there", async () => {
    const calls = [
      () => asAdmin.users.get(unknown.user),
      () => asAdmin.roles.get(unknown.role),
      () => asAdmin.tenants.get(unknown.tenant),
      () => asAdmin.apiKeys.get(unknown.key),
    ];
    for (const call of calls) {
      const { name, message, status } = await refusal(call());
      assert.deepEqual([name, message, status], ["NotFoundError", "Not Found", 404]);
    }
  });

  test("400 for what cannot be understood", async () => {
    const { name, message, status, source } = await refusal(asDeveloper.apiKeys.create({ expiry: "P7D" }));
    assert.deepEqual([name, status, message], ["CustomError", 400, "Bad request"]);
    assert.deepEqual(source, { pointer: "/description" });
  });

  test("the client follows a posted filter by GET, which the service has never published: 405", async () => {
    const list = await asAdmin.users.filter({ filter: 'status eq "active"' }, { limit: 1 });
    const walk = async () => {
      for await (const user of list.pagination) assert(user.id);
    };
    assert.equal((await refusal(walk())).status, 405);
  });
});

// As a portal does it whose users need no account of their own: its server signs a token with the client, and keeps the
// cookies that it gets for it, because outside of a browser nothing else does.
describe("JWT sessions", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const issuer = "https://portal.example.com";
  const keyid = "key-of-the-portal";
  let provider;
  let webIntegrationId;

  before(async () => {
    provider = await asAdmin.identityProviders.create({
      tenantIds: [tenantId],
      provider: "external",
      protocol: "jwtAuth",
      interactive: false,
      description: "The portal",
      options: { issuer, staticKeys: [{ kid: keyid, pem: publicKey.replaceAll("\n", "") }] },
    });
    ({ id: webIntegrationId } = await asAdmin.webIntegrations.create({ name: "The portal", validOrigins: [origin] }));
  });

  after(async () => {
    for (const user of await asAdmin.users.getUsers({ filter: 'name co "of the portal"' })) await user.delete();
    await (await asAdmin.webIntegrations.get(webIntegrationId)).delete();
  });

  function sign(claims, options) {
    const person = { sub: "portal|pia", subType: "user", name: "Pia of the portal", email: "pia@example.com" };
    const times = { notBefore: "0s", expiresIn: "5m" };
    return generateSignedToken({ ...person, ...times, keyid, issuer, ...claims }, options?.key ?? privateKey);
  }

  function portal(token, csrfToken) {
    const fetchToken = async () => token;
    const config = { host: origin, authType: AuthType.JWTAuth, webIntegrationId, fetchToken };
    return new Qlik(csrfToken ? { ...config, csrfToken } : config).auth;
  }

  /** Begins a session; resolves to its cookies as a request sends them, and to a call by it. */
  async function session(token) {
    const answer = await portal(token).getSessionCookie();
    const cookies = answer.headers.getSetCookie();
    const cookie = cookies.map((cookie) => cookie.split(";")[0]).join("; ");
    const call = (path, init, csrfToken) => portal(token, csrfToken).rest(path, { ...init, headers: { cookie } });
    return { answer, cookies, call };
  }

  test("a token that the client signs begins a session", async () => {
    const { answer, cookies, call } = await session(sign());
    assert.deepEqual(await answer.json(), {});
    const names = cookies.map((cookie) => cookie.split("=")[0]);
    assert.deepEqual(names, ["eas.sid", "eas.sid.sig", "_csrfToken", "_csrfToken.sig"]);
    const attributes = origin.startsWith("https:") ? /; SameSite=None; Secure$/ : /; SameSite=Lax$/;
    for (const cookie of cookies) assert.match(cookie, attributes);

    const me = await (await call("/users/me")).json();
    assert.deepEqual([me.subject, me.name, me.email], ["portal|pia", "Pia of the portal", "pia@example.com"]);
    assert.equal((await asAdmin.users.get(me.id)).status, "active");
  });

  test("a change needs the CSRF token of the session", async () => {
    const { call } = await session(sign());
    const csrfToken = (await call("/csrf-token")).headers.get("qlik-csrf-token");
    const { id } = await (await call("/users/me")).json();
    const change = {
      method: "PATCH",
      body: JSON.stringify([{ op: "replace", path: "/preferredLocale", value: "sv" }]),
    };
    const { name, status } = await refusal(call(`/users/${id}`, change, "another"));
    assert.deepEqual([name, status], ["CustomError", 403]);
    assert.equal((await call(`/users/${id}`, change, csrfToken)).status, 204);
    assert.equal((await (await call("/users/me")).json()).preferredLocale, "sv");
  });

  test("the same user comes back with a token that says something else", async () => {
    const { call } = await session(sign());
    const before = await (await call("/users/me")).json();
    const renamed = await session(sign({ name: "Pia Renamed of the portal" }));
    const after = await (await renamed.call("/users/me")).json();
    assert.deepEqual([after.id, after.name], [before.id, "Pia Renamed of the portal"]);
  });

  test("a token is taken once, and only if the portal has signed it", async () => {
    const token = sign({ jti: "once" });
    await session(token);
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const refused = {
      "the same token": token,
      "another token with its jti": sign({ jti: "once" }),
      "a token of somebody else": sign({}, { key: stranger.export({ type: "pkcs8", format: "pem" }) }),
      "a token of an unknown issuer": sign({ issuer: "https://elsewhere.example.com" }),
      "a token with an unknown key": sign({ keyid: "another" }),
    };
    for (const [what, token] of Object.entries(refused)) {
      await assert.rejects(session(token), { name: "AuthenticationError" }, what);
    }
  });

  test("without its provider the portal begins no session", async () => {
    const { call } = await session(sign());
    await asAdmin.identityProviders.delete(provider.id);
    await assert.rejects(session(sign()), { name: "AuthenticationError" });
    assert.equal((await call("/users/me")).status, 200);
  });
});

// This client sends the secret by HTTP Basic.
describe("OAuth client credentials", () => {
  let robot;

  before(async () => {
    robot = await createOAuthClient(["user_default", "admin_classic"]);
  });

  after(() => robot.remove());

  function asRobot(scopes = []) {
    const { clientId, clientSecret } = robot;
    return new Qlik({ host: origin, authType: AuthType.OAuth2, clientId, clientSecret, scopes });
  }

  test("the client acts for itself, as its bot user", async () => {
    const qlik = asRobot();
    const token = await qlik.auth.authorize();
    assert.deepEqual([token.token_type, token.scope, token.refresh_token], ["bearer", "user_default", undefined]);
    assert.equal((await qlik.users.getMe()).subject, robot.subject);
  });

  test("the scope says how much of the bot's roles it may use", async () => {
    const [modest, full] = [asRobot(), asRobot(["admin_classic"])];
    await modest.auth.authorize();
    await full.auth.authorize();
    assert.equal((await refusal(modest.roles.getRoles())).status, 403);
    const names = [...(await full.roles.getRoles({ limit: 100 }))].map((role) => role.name);
    assert(names.includes("TenantAdmin"), names);
  });

  test("a token that it revokes opens nothing from then on", async () => {
    const qlik = asRobot();
    const { access_token: token } = await qlik.auth.authorize();
    assert.equal((await as({ token }).users.getMe()).subject, robot.subject);
    await qlik.auth.deauthorize();
    assert.equal((await refusal(as({ token }).users.getMe())).status, 401);
  });

  test("a plain request gets a token by a secret in its body", async () => {
    const { clientId: client_id, clientSecret: client_secret } = robot;
    const body = JSON.stringify({ grant_type: "client_credentials", client_id, client_secret });
    const answer = await requestToken(body, { "content-type": "application/json" });
    const { access_token: token } = await answer.json();
    assert.equal((await as({ token }).users.getMe()).subject, robot.subject);
  });

  test("without its secret it gets no token", async () => {
    await robot.deleteSecret();
    const { name, message, status, title } = await refusal(asRobot().auth.authorize());
    assert.deepEqual([name, message], ["AuthorizationError", "Failed to authorize using OAuth"]);
    assert.deepEqual([status, title], [401, "invalid_client"]);
  });
});
