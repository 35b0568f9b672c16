// axe-core in the page that a browser shows.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { source } = createRequire(import.meta.url)("axe-core");

/** What axe finds on the page: every rule of its defaults, a line an element. */
async function findings(browser) {
  if (!(await browser.driver.executeScript("return typeof axe === 'object'")))
    await browser.driver.executeScript(source);
  const { violations, passes } = await browser.driver.executeAsyncScript(
    "axe.run({ resultTypes: ['violations'] }).then(arguments[0], (reason) => arguments[0]({ reason: `${reason}` }))",
  );
  assert(passes.length > 10, "axe looked at nothing");
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id} (${help}) ${target.join(" ")}: ${failureSummary.split("\n").at(-1).trim()}`,
    ),
  );
}

/** Where axe looks. */
const LOOKS = [
  { width: 1600, height: 1000, scheme: "light" },
  { width: 1600, height: 1000, scheme: "dark" },
  { width: 360, height: 800, scheme: "light" },
  { width: 360, height: 800, scheme: "dark" },
];

/** Widths between, at which nothing may be wider than the screen either. */
const WIDTHS = [480, 640, 768, 900, 1024, 1280];

/** What is wrong with the screens of a test: collected, so that one run tells all. */
export class Audit {
  #browser;
  #faults = [];
  #screens = 0;

  constructor(browser) {
    this.#browser = browser;
  }

  /**
   * Looks at the page that is shown: for axe, light and dark, wide and narrow; and nothing of it may be wider than
   * the screen. `name` is for the report.
   */
  async look(name) {
    for (const look of LOOKS) {
      await this.#browser.show(look);
      const found = await findings(this.#browser);
      this.#faults.push(...found.map((fault) => `${name}, ${look.width} px, ${look.scheme}: ${fault}`));
    }
    for (const width of new Set([...LOOKS.map((look) => look.width), ...WIDTHS])) {
      await this.#browser.show({ width });
      const wide = await this.#browser.driver.executeScript(TOO_WIDE);
      if (wide) this.#faults.push(`${name}, ${width} px: wider than the screen ${wide}`);
    }
    await this.#browser.show();
    this.#screens += 1;
  }

  /** Fails if anything was wrong anywhere, or if nothing was looked at. */
  finish() {
    assert(this.#screens > 0);
    const { length } = this.#faults;
    assert.equal(length, 0, `${length} faults on ${this.#screens} screens:\n${this.#faults.join("\n")}`);
  }
}

/** In the page: by how much it scrolls sideways, and the first elements that are to blame; null if it does not. */
const TOO_WIDE = `
  const { scrollWidth, clientWidth } = document.scrollingElement;
  if (scrollWidth <= clientWidth) return null;
  const beyond = [...document.body.querySelectorAll("*")].filter(
    (element) => element.getBoundingClientRect().right > clientWidth + 0.5,
  );
  const named = beyond.map((element) => element.localName + "." + (element.dataset.testid ?? element.className));
  return "by " + (scrollWidth - clientWidth) + " px: " + named.slice(0, 8).join(" ");
`;
