// What the suites share: the server, the keys of the seed `ready`, and users to page through.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** `http://127.0.0.1:PORT`, without a slash at the end. */
export const origin = process.env.MOCK_QLIK_URL;
assert(origin, "MOCK_QLIK_URL has to hold the address of a server with the seed `ready`");

/** The tenant of every shipped seed. */
export const tenantId = "Mq7545_example_tenant_0000000001";

const seed = JSON.parse(readFileSync(new URL("../../../fixtures/seeds/ready.json", import.meta.url), "utf8"));

function owner(userId, keyId) {
  return { userId, keyId, token: seed.apiKeys.find((key) => key.id === keyId).token };
}

/** Holds TenantAdmin and Developer. */
export const admin = owner("650000000000000000000001", "7d3c1a52-0b1e-4c86-9a57-000000000001");

/** Holds Developer only. */
export const developer = owner("650000000000000000000003", "7d3c1a52-0b1e-4c86-9a57-000000000002");

/** Looks like a key, and no tenant has issued it. */
export const junkToken = `${admin.token.split(".").slice(0, 2).join(".")}.${"A".repeat(128)}`;

/** Well formed ids that nothing has. */
export const unknown = {
  user: "65ffffffffffffffffffffff",
  role: "60ffffffffffffffffffffff",
  key: "00000000-0000-4000-8000-000000000000",
  tenant: "Mq7545_no_such_tenant_0000000000",
};

/** Creates `count` users named `${family} 01`, `${family} 02`, …; resolves to their names. */
export async function createUsers(family, count) {
  const names = Array.from({ length: count }, (_, index) => `${family} ${String(index + 1).padStart(2, "0")}`);
  for (const name of names) {
    const subject = name.toLowerCase().replace(" ", "-");
    const response = await fetch(`${origin}/api/v1/users`, {
      method: "POST",
      headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name, subject, email: `${subject}@example.com` }),
    });
    assert.equal(response.status, 201, await response.text());
  }
  return names;
}

// Moves the tenant's clock on by a second: what is made within the same millisecond has no order of its own.
export function letTimePass() {
  return advance("PT1S");
}

async function advance(duration) {
  const answer = await fetch(`${origin}/_mock/clock`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advance: duration }),
  });
  assert.equal(answer.status, 200);
}

async function askAsAdmin(method, path, body, headers) {
  const answer = await fetch(`${origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  assert(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

/**
 * An OAuth client that may act for itself, with these scopes: its id and secret. `deleteSecret` takes the secret away,
 * `remove` the client and its bot user, if it has one by then.
 */
export async function createOAuthClient(allowedScopes, allowedGrantTypes = ["client_credentials"]) {
  const asked = {
    appType: "web",
    clientName: "Robot",
    allowedScopes,
    allowedGrantTypes,
    connectionConfig: { consentMethod: "trusted" },
  };
  const { clientId, clientSecret } = await askAsAdmin("POST", "/oauth-clients", asked);
  const path = `/oauth-clients/${clientId}`;
  return {
    clientId,
    clientSecret,
    subject: `qlikbot\\${clientId}`,
    deleteSecret: () => askAsAdmin("DELETE", `${path}/client-secrets/${clientSecret.slice(-5)}`),
    async remove() {
      const { data: bots } = await askAsAdmin("GET", `/users?filter=${encodeURIComponent(`clientId eq "${clientId}"`)}`);
      for (const { id } of bots) await askAsAdmin("DELETE", `/users/${id}`);
      await askAsAdmin("DELETE", path, undefined, { "qlik-confirm-delete": clientId });
    },
  };
}

/** `POST /oauth/token` as no client sends it: a plain request with this body and these headers. */
export function requestToken(body, headers) {
  return fetch(`${origin}/oauth/token`, { method: "POST", headers, body });
}

/** The header of HTTP Basic. */
export function basic({ clientId, clientSecret }) {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` };
}

/** Moves the tenant's clock past the end of access tokens, which are good for six hours. */
export function passAccessTokens() {
  return advance("PT6H1S");
}
