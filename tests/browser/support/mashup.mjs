// A page on another origin that calls the tenant with the published client @qlik/api, unmodified.
import { once } from "node:events";
import { createReadStream, existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { consoleTest } from "./console-test.mjs";

const client = dirname(fileURLToPath(import.meta.resolve("@qlik/api")));

/**
 * The runtime of the client. In a browser, it fetches the modules that do the work from the tenant, which the emulator
 * has none of; the package has the same ones for Node.js. This is the script that hands these out instead, under the
 * names that the client asks for.
 */
function runtime() {
  const chunks = join(client, "chunks");
  const [loader] = readdirSync(chunks).filter((name) => /^public-runtime-modules-.*\.js$/.test(name));
  const source = readFileSync(join(chunks, loader), "utf8");
  const modules = [...source.matchAll(/import\("\.\/((auth|qix|invoke-fetch)-[^"]+\.js)"\)/g)];
  const files = Object.fromEntries(modules.map(([, file, name]) => [`${name}@v1`, `/qlik-api/chunks/${file}`]));
  return `const files = ${JSON.stringify(files)};
window.QlikMain = { import: (name) => import(files[name]), resourceNeedsCredentials: () => false };`;
}

/**
 * Starts a web site on a port of its own: `/` is an empty page, `/qlik-embed/main.js` the runtime of the client, and
 * below `/qlik-api/` are the files of the client, which a page imports as they are. Its host is that of the tenant, so
 * that a browser takes it for the same site and sends cookies without TLS, too; the port makes it another origin.
 */
async function startMashup() {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://mashup").pathname);
    const file = path.startsWith("/qlik-api/") && join(client, path.slice("/qlik-api/".length));
    if (path === "/qlik-embed/main.js") {
      response.setHeader("content-type", "text/javascript");
      response.end(runtime());
    } else if (file && existsSync(file)) {
      response.setHeader("content-type", "text/javascript");
      createReadStream(file).pipe(response);
    } else {
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><html lang="en"><title>Mashup</title><link rel="icon" href="data:,"><h1>Mashup</h1>`);
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}

/**
 * Runs `body` beside a page on another origin, which the browser may send requests to. `hostConfig` adds to its
 * argument where the tenant and the runtime of the client are.
 */
export function mashupTest(name, body) {
  consoleTest(name, { server: { seed: "ready" }, browser: null }, async ({ server, open }) => {
    const mashup = await startMashup();
    try {
      const browser = await open({ friends: [mashup.origin] });
      const hostConfig = (rest) => ({ host: server.origin, embedRuntimeUrl: mashup.origin, ...rest });
      await body({ server, mashup, browser, hostConfig });
    } finally {
      await mashup.stop();
    }
  });
}

/** Begins a call as `call` does, which is to lead away from the page that is shown. */
export function callAndLeave(browser, hostConfig, module, name) {
  return browser.driver.executeScript(
    (hostConfig, module, name) => void import(`/qlik-api/${module}.js`).then((client) => client[name]({ hostConfig })),
    hostConfig,
    module,
    name,
  );
}

/**
 * Calls a function of the client in the page that is shown: `module` and `name` say which, `parameters` come before
 * the options. Resolves to `{ status, data }` of the answer, or to `{ failure, status }` where the client fails.
 */
export function call(browser, hostConfig, module, name, ...parameters) {
  return browser.driver.executeAsyncScript(
    (hostConfig, module, name, parameters, done) => {
      import(`/qlik-api/${module}.js`)
        .then((client) => client[name](...parameters, { hostConfig, noCache: true }))
        .then(
          ({ status, data }) => done({ status, data }),
          (reason) => done({ failure: String(reason), status: reason.status }),
        );
    },
    hostConfig,
    module,
    name,
    parameters,
  );
}
