// A test with a server and a browser of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { openBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";

const failures = new URL("../../.tools/browser-failures/", import.meta.url);

/**
 * A test named `name`: `body` gets a fresh server, a browser with an empty profile, and `open` for further ones.
 *
 * `server` is what `startServer` takes, `browser` what `openBrowser` takes, or null to begin without one. At the end
 * every browser must have been quiet, and the server must stop as told. When the test fails, the last page of each
 * browser is kept.
 */
export function consoleTest(name, { server: how = {}, browser: look = {} }, body) {
  test(name, async () => {
    const server = await startServer(how);
    const browsers = [];
    const open = async (other = {}) => {
      const browser = await openBrowser(other.origin ?? server.origin, { ...look, ...other });
      browsers.push(browser);
      return browser;
    };
    try {
      await body({ server, open, browser: look && (await open()) });
      for (const browser of browsers) await browser.requireQuiet();
    } catch (reason) {
      for (const [index, browser] of browsers.entries()) await keep(name, index, browser);
      throw reason;
    } finally {
      for (const browser of browsers) await browser.close();
      await server.stop();
    }
  });
}

/** Keeps a picture of what a browser shows, and the document behind it. */
async function keep(name, index, browser) {
  const file = `${name.replace(/[^a-z0-9]+/gi, "-")}-${index + 1}`;
  mkdirSync(failures, { recursive: true });
  try {
    writeFileSync(new URL(`${file}.png`, failures), await browser.picture());
    writeFileSync(new URL(`${file}.html`, failures), await browser.driver.getPageSource());
  } catch (reason) {
    console.error(`The page of the failure could not be kept: ${reason.message}`);
  }
}
