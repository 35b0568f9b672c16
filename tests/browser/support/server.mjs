// The program under test, as a process of its own on a free port.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.SERVER_BINARY;
assert(binary, "SERVER_BINARY has to hold the path of the mock-qlik-cloud binary");

/** The tenant of every shipped seed. */
export const tenantId = "Mq7545_example_tenant_0000000001";

/** Pinned in `tutorial` and `ready`: holds TenantAdmin, and in `ready` Developer too. */
export const admin = { id: "650000000000000000000001", name: "Alex Admin", email: "admin@example.com" };
/** Pinned in `tutorial`: holds no role. */
export const learner = { id: "650000000000000000000002", name: "Uma User", email: "user@example.com" };
/** Pinned in `ready`: holds Developer. */
export const developer = { id: "650000000000000000000003", name: "Dev Eloper", email: "developer@example.com" };
/** Pinned in `ready`: holds no role. */
export const viewer = { id: "650000000000000000000004", name: "Vi Ewer", email: "viewer@example.com" };

/** A shipped seed as an object, to start from for one of a test's own. */
export function shippedSeed(name) {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/seeds/${name}.json`, import.meta.url), "utf8"));
}

/** The pinned API keys of the seed `ready`, by the id of their owner. */
export const pinnedKeys = Object.fromEntries(shippedSeed("ready").apiKeys.map((key) => [key.sub, key]));

/**
 * Starts a server with a seed (the name of a shipped one, or an object), an edition and a control token, on a free
 * port or on `port`;
 * resolves when it is ready. Fails with what the server printed where it ends before that.
 */
export async function startServer({ seed = "tutorial", edition, port = 0, controlToken } = {}) {
  const directory = mkdtempSync(join(tmpdir(), "mock-qlik-seed-"));
  let source = seed;
  if (typeof seed === "object") {
    source = join(directory, "seed.json");
    writeFileSync(source, JSON.stringify(seed));
  }
  const flags = ["serve", "--host", "127.0.0.1", "--port", String(port), "--seed", source, "--log-level", "warn"];
  if (edition) flags.push("--edition", edition);
  if (controlToken) flags.push("--control-token", controlToken);
  const child = spawn(binary, flags, { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (data) => (complaints += data));
  const ended = once(child, "close").finally(() => rmSync(directory, { recursive: true }));
  const ready = once(createInterface({ input: child.stdout }), "line").then(([line]) =>
    /^Ready\. (http:\S+)$/.exec(line),
  );
  const match = await Promise.race([ready, ended.then(() => null)]);
  assert(match, `The server was not ready, it printed:\n${complaints}`);
  return new Server(child, ended, match[1], () => complaints);
}

class Server {
  #child;
  #ended;
  #complaints;

  constructor(child, ended, origin, complaints) {
    this.#child = child;
    this.#ended = ended;
    this.#complaints = complaints;
    /** `http://127.0.0.1:PORT`, without a slash at the end. */
    this.origin = origin;
  }

  /** Tells the server to stop; it has to end with exit status 0, and without an error in its log. */
  async stop() {
    this.#child.kill("SIGTERM");
    const [status, signal] = await this.#ended;
    assert.deepEqual({ status, signal }, { status: 0, signal: null }, this.#complaints());
    assert.doesNotMatch(this.#complaints(), /ERROR|panicked/);
  }

  /** Calls the REST interface with an API key: a request of its own over a socket, not one of the browser. */
  rest(path, { key, method = "GET", body, headers = {} } = {}) {
    if (key) headers.authorization = `Bearer ${key}`;
    if (body) headers["content-type"] = "application/json";
    return fetch(this.origin + path, { method, headers, body: body && JSON.stringify(body), redirect: "manual" });
  }

  /** A session of a user, as the value of the header `cookie`; without a browser. */
  async signIn({ email }) {
    const form = new URLSearchParams({ user: email });
    const response = await fetch(`${this.origin}/login`, { method: "POST", body: form, redirect: "manual" });
    assert.equal(response.status, 303, await response.text());
    return response.headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith("eas.sid="))
      .split(";")[0];
  }

  /** Changes something with a session of `user`; fails where it is refused. */
  async change(user, method, path, body) {
    const cookie = await this.signIn(user);
    const token = await this.rest("/api/v1/csrf-token", { headers: { cookie } });
    const headers = { cookie, "qlik-csrf-token": token.headers.get("qlik-csrf-token") };
    const response = await this.rest(path, { method, body, headers });
    assert(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** Asks the control API for something; fails where it is refused. */
  async control(method, path, body) {
    const response = await this.rest(path, { method, body });
    assert(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  }

  /** What a GET of `path` answers to a session of `user`. */
  async read(user, path) {
    const response = await this.rest(path, { headers: { cookie: await this.signIn(user) } });
    assert.equal(response.status, 200, path);
    return response.json();
  }

  /**
   * Who the owner of an API key is, as the tutorial asks for it: `me` redirects to the user, and the client sends
   * the key there again.
   */
  async whoAmI(key) {
    const redirect = await this.rest("/api/v1/users/me", { key });
    assert.equal(redirect.status, 301, await redirect.text());
    const target = new URL(redirect.headers.get("location"), this.origin);
    assert.equal(target.origin, this.origin);
    const response = await this.rest(target.pathname, { key });
    assert.equal(response.status, 200);
    return response.json();
  }
}

/** Another web site, which answers every path with what `page` returns. `host` is the name that it is reached by. */
export async function startForeignSite(page, host) {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(page()));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { origin: `http://${host}:${server.address().port}`, stop };
}
