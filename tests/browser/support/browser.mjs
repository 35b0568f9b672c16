// A real Chromium with an empty profile, and what a test does with it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Builder, By, Key, error as webdriver } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";

const { CHROMIUM, CHROMEDRIVER } = process.env;
assert(CHROMIUM && CHROMEDRIVER, "CHROMIUM and CHROMEDRIVER have to hold the paths of both programs");

/** How long a page may take to come to what a test waits for. */
const PATIENCE_MS = 30_000;

const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--lang=en-US",
  // The memory that containers share is too small for a browser.
  "--disable-dev-shm-usage",
  // Nothing outside of this machine has an address, whatever a page or the browser itself asks for.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** What can have an accessible name, by the word that a person has for it. */
const KINDS = {
  button: "button, summary",
  link: "a[href]",
  field: "input:not([type=hidden]), textarea, select",
  heading: "h1, h2, h3",
};

/** Whether an error says that the page was still on its way to what a test waits for, or was just being left. */
function isNotYet(reason) {
  const kinds = [webdriver.NoSuchElementError, webdriver.StaleElementReferenceError];
  // ChromeDriver has no word of its own for an element whose page goes while it is looked at; the last are Chromium's.
  const gone = /does not belong to the document|No node with given id|Cannot find context|aborted by navigation/;
  return kinds.some((kind) => reason instanceof kind) || gone.test(reason.message);
}

export { Key };

/**
 * Opens a Chromium with an empty profile for the tenant at `origin`.
 *
 * `javascript: false` blocks scripts by the setting that a person has for it. `friends` are other origins that this
 * test may send requests to. The rest as in `show`.
 */
export async function openBrowser(origin, { javascript = true, friends = [], ...look } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "mock-qlik-browser-"));
  const options = new chrome.Options();
  options.setBinaryPath(CHROMIUM);
  options.addArguments(...ARGUMENTS, `--user-data-dir=${profile}`);
  options.setUserPreferences({ "profile.managed_default_content_settings.javascript": javascript ? 1 : 2 });
  options.set("goog:loggingPrefs", { browser: "ALL", performance: "ALL" });
  let driver;
  try {
    const builder = new Builder().forBrowser("chrome").setChromeOptions(options);
    driver = await builder.setChromeService(new chrome.ServiceBuilder(CHROMEDRIVER)).build();
    const browser = new Browser(driver, origin, profile, [origin, ...friends]);
    await browser.show(look);
    await browser.requireScripting(javascript);
    return browser;
  } catch (reason) {
    await driver?.quit();
    rmSync(profile, { recursive: true, force: true });
    throw reason;
  }
}

class Browser {
  #profile;
  #allowed;
  #events = [];
  #messages = [];
  #expected = [];
  #answers = [];

  constructor(driver, origin, profile, allowed) {
    this.driver = driver;
    /** The tenant, as `http://HOST:PORT`. */
    this.origin = origin;
    this.#profile = profile;
    this.#allowed = new Set(allowed);
  }

  /** A directory of this browser's own, gone when it closes. */
  get directory() {
    return this.#profile;
  }

  /** A command of the Chrome DevTools Protocol; resolves to its result. */
  devTools(command, parameters = {}) {
    return this.driver.sendAndGetDevToolsCommand(command, parameters);
  }

  /** Sets the size of the page in CSS pixels and the colour scheme that it is to be shown in. */
  async show({ width = 1280, height = 800, scheme = "light" } = {}) {
    const screen = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.devTools("Emulation.setDeviceMetricsOverride", screen);
    const features = [
      { name: "prefers-color-scheme", value: scheme },
      // What moves is at its end at once, for pictures and for measuring colours.
      { name: "prefers-reduced-motion", value: "reduce" },
    ];
    await this.devTools("Emulation.setEmulatedMedia", { media: "", features });
  }

  /** Fails unless pages run scripts exactly if they are to. */
  async requireScripting(allowed) {
    await this.driver.get("data:text/html,<title>blocked</title><script>document.title = 'ran'</script>");
    assert.equal(await this.driver.getTitle(), allowed ? "ran" : "blocked");
    // What is in the logs now is about this page and the one that a browser starts with.
    await this.#collect();
    this.#events = [];
    this.#messages = [];
  }

  /** Waits until `condition` resolves to something true, and resolves to it. */
  async until(what, condition) {
    const tried = async () => {
      try {
        return await condition();
      } catch (reason) {
        if (isNotYet(reason)) return false;
        throw reason;
      }
    };
    return this.driver.wait(tried, PATIENCE_MS, `There is no ${what} at ${await this.driver.getCurrentUrl()}`, 25);
  }

  /** Opens a path of the tenant. */
  open(path) {
    return this.driver.get(this.origin + path);
  }

  /** Path and query of the page that is shown. */
  async path() {
    const { origin, pathname, search } = new URL(await this.driver.getCurrentUrl());
    assert.equal(origin, this.origin);
    return pathname + search;
  }

  /** Waits until the page at `path` is shown: a path, or a pattern of it. */
  atPath(path) {
    const fits = (now) => (path instanceof RegExp ? path.test(now) : path === now);
    return this.until(`page ${path}`, async () => fits(await this.path()));
  }

  /** Where to look: `within` is an element, a CSS selector of one, or nothing for the whole page. */
  async #place(within) {
    return typeof within === "string" ? this.driver.findElement(By.css(within)) : (within ?? this.driver);
  }

  /** Every element with this test id that can be seen; none is an answer too. */
  async visible(testId, within) {
    const place = await this.#place(within);
    const found = await place.findElements(By.css(`[data-testid="${testId}"]`));
    return found.length === 0 ? found : this.driver.executeScript(SEEN, found);
  }

  /** The one visible element with this test id; waits for it. */
  async element(testId, within) {
    return this.until(`element with the test id ${testId}`, () => this.#seen(testId, within));
  }

  /** The same, if it is there now. */
  async #seen(testId, within) {
    const found = await this.visible(testId, within);
    assert(found.length < 2, `${found.length} elements have the test id ${testId}`);
    return found[0];
  }

  /** The text of the one visible element with this test id. */
  async text(testId, within) {
    const { text } = await this.until(`text with the test id ${testId}`, async () => {
      const element = await this.#seen(testId, within);
      return element && { text: await element.getText() };
    });
    return text;
  }

  /** Clicks the one visible element with this test id. */
  async click(testId, within) {
    await this.until(`element with the test id ${testId}`, async () => click(await this.#seen(testId, within)));
  }

  /** The one element of a kind that a person would call `name`; waits for it. */
  async named(kind, name, within) {
    return this.until(`${kind} named "${name}"`, () => this.#called(kind, name, within));
  }

  /** The same, if it is there now. */
  async #called(kind, name, within) {
    const place = await this.#place(within);
    const candidates = await place.findElements(By.css(KINDS[kind]));
    const seen = await this.driver.executeScript(SEEN, candidates);
    const names = await Promise.all(seen.map((element) => element.getAccessibleName()));
    const found = seen.filter((_, index) => names[index] === name);
    assert(found.length < 2, `${found.length} of the kind ${kind} are named "${name}"`);
    return found[0];
  }

  /** Clicks what a person would call `name`. */
  async clickNamed(kind, name, within) {
    await this.until(`${kind} named "${name}"`, async () => click(await this.#called(kind, name, within)));
  }

  /** Replaces what stands in a text field. */
  async type(element, text) {
    await element.clear();
    await element.sendKeys(text);
  }

  /** Chooses the option of a list that reads `label`. */
  async choose(select, label) {
    const options = await select.findElements(By.css("option"));
    const labels = await Promise.all(options.map((option) => option.getText()));
    assert(labels.includes(label), `"${label}" is not one of ${labels.join(", ")}`);
    await options[labels.indexOf(label)].click();
  }

  /** Everything that can be read on the page. */
  async readable() {
    const body = await this.driver.findElement(By.css("body"));
    return body.getText();
  }

  /** What the first heading says. */
  async heading() {
    const heading = await this.until("heading", () => this.driver.findElement(By.css("h1")));
    return heading.getText();
  }

  /** Presses keys, one after the other. */
  async press(...keys) {
    await this.driver
      .actions()
      .sendKeys(...keys)
      .perform();
  }

  /** A picture of the visible part of the page, as PNG. */
  async picture() {
    const { data } = await this.devTools("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data, "base64");
  }

  /** Announces a complaint of the browser's console that this test provokes. */
  expectMessage(pattern) {
    this.#expected.push(pattern);
  }

  /** Announces answers that this test provokes, beside documents: a pattern of `STATUS ADDRESS`. */
  expectAnswer(pattern) {
    this.#answers.push(pattern);
  }

  /** Allows requests to another origin from now on, and those that were sent. */
  befriend(origin) {
    this.#allowed.add(origin);
  }

  /** What the browser's console has said since the start. */
  async messages() {
    await this.#collect();
    return this.#messages;
  }

  async #collect() {
    const logs = this.driver.manage().logs();
    for (const { message } of await logs.get("performance")) this.#events.push(JSON.parse(message).message);
    this.#messages.push(...(await logs.get("browser")));
  }

  /** What the network reported under a name of the Chrome DevTools Protocol since the start. */
  async reports(name) {
    await this.#collect();
    return this.#events.filter(({ method }) => method === `Network.${name}`).map(({ params }) => params);
  }

  /** The addresses of all requests since the start that went to a network at all. */
  async requests() {
    const requests = (await this.reports("requestWillBeSent")).map(({ request }) => request.url);
    const sockets = (await this.reports("webSocketCreated")).map(({ url }) => url);
    // A chrome: address is a part of the browser, and no page can ask for one.
    return [...requests, ...sockets].filter((url) => !/^(data|blob|chrome):/.test(url));
  }

  /**
   * Fails if any request since the start went to another origin, if a style, script or picture was not there, or if
   * the console of the browser has a complaint: a script that failed, a breach of the content security policy.
   */
  async requireQuiet() {
    const strangers = (await this.requests()).filter((url) => !this.#allowed.has(new URL(url).origin));
    assert.deepEqual(strangers, [], "requests left the origin");

    const answers = await this.reports("responseReceived");
    const broken = answers.filter(({ type, response }) => type !== "Document" && response.status >= 400);
    const unexpected = broken
      .map(({ response }) => `${response.status} ${response.url}`)
      .filter((answer) => !this.#answers.some((pattern) => pattern.test(answer)));
    assert.deepEqual(unexpected, []);

    // The browser notes a document with an error status as well; that is what the tests ask for.
    const noted = /Failed to load resource: the server responded with a status of 4\d\d /;
    const expected = [noted, ...this.#expected];
    const complaints = (await this.messages())
      .filter(({ level, message }) => level.name !== "DEBUG" && !expected.some((pattern) => pattern.test(message)))
      .map(({ level, message }) => `${level.name}: ${message}`);
    assert.deepEqual(complaints, []);
  }

  /** Ends the browser and removes its profile. */
  async close() {
    await this.driver.quit();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** In the page: those of the elements that can be seen. */
const SEEN = "return arguments[0].filter((element) => element.checkVisibility({ visibilityProperty: true }));";

/** Clicks an element, if there is one: an element of a page that has just gone is not clicked. */
async function click(element) {
  await element?.click();
  return element !== undefined;
}
