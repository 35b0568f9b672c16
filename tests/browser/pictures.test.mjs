// The pictures of docs/images: taken from the screens of the tutorial, and named by the documents that show them.
//
// `tests/browser/run --update-images pictures` takes them anew. Otherwise they stay as they are, because dates and
// keys differ from run to run; what must hold is that each fits a screen that still has what the picture shows.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { consoleTest } from "./support/console-test.mjs";
import { classicTutorial, currentTutorial, userDefaultTutorial } from "./support/tutorial.mjs";

const root = new URL("../../", import.meta.url);
const images = new URL("docs/images/", root);
const update = process.env.UPDATE_IMAGES === "yes";

/** The size of every picture in CSS pixels, and of all files together in bytes. */
const SIZE = { width: 1280, height: 800 };
const MOST_BYTES = 1_500_000;

/** By walk and screen: the file, and the test ids of what the picture is there to show. */
const PICTURES = {
  classic: {
    obstacles: ["obstacles.png", ["obstacle-keys-switched-off", "obstacle-may-not-hold-keys"]],
    "sign-in": ["sign-in.png", ["sign-in-user"]],
    "settings-saved": ["settings.png", ["enable-api-keys", "maximum-expiration-current", "flash"]],
    roles: ["edit-roles.png", ["dialog", "role-Developer", "roles-save"]],
    generate: ["generate.png", ["description", "expires", "generate"]],
    shown: ["new-key.png", ["new-key", "new-key-header", "new-key-curl"]],
    gone: ["shown-once.png", ["new-key-gone"]],
    keys: ["keys.png", ["own-keys", "allowance"]],
  },
  "user-default": {
    "user-default": ["permission.png", ["manage-api-keys", "role-save"]],
  },
};

const documents = Object.fromEntries(
  ["README.md", "docs/TUTORIAL.md"].map((name) => [name, readFileSync(new URL(name, root), "utf8")]),
);

/** What the screens say, menus and choices included: gathered by the walks, compared with the words of the tutorial. */
const words = [];

/** The address under which the documents have the tenant; the pictures show it too. */
const address = update ? { port: 7545, origin: "http://localhost:7545" } : {};

function pictureTest(name, how, walk) {
  consoleTest(`pictures: ${name}`, { ...how, browser: null }, async ({ server, open }) => {
    const pictures = PICTURES[name] ?? {};
    const browser = await open({ ...SIZE, origin: address.origin });
    await browser.devTools("Emulation.setScrollbarsHidden", { hidden: true });
    const taken = [];
    const onScreen = async (screen) => {
      words.push(await browser.driver.executeScript("return document.body.textContent"));
      if (!(screen in pictures)) return;
      const [file, testIds] = pictures[screen];
      for (const testId of testIds) {
        assert((await browser.visible(testId)).length > 0, `${file} is to show ${testId}, which is not on the screen`);
      }
      taken.push(screen);
      if (update) {
        mkdirSync(images, { recursive: true });
        writeFileSync(new URL(file, images), await browser.picture());
      }
    };
    await walk({ server, browser, onScreen });
    assert.deepEqual(taken.sort(), Object.keys(pictures).sort());
  });
}

pictureTest("classic", { server: { port: address.port } }, classicTutorial);
pictureTest("current", { server: { port: address.port, edition: "current" } }, currentTutorial);
pictureTest("user-default", { server: { port: address.port, edition: "current" } }, userDefaultTutorial);

test("pictures: the documents name all of them, with words for whoever cannot see them, and no other", () => {
  const files = Object.values(PICTURES).flatMap((pictures) => Object.values(pictures).map(([file]) => file));
  assert.deepEqual(readdirSync(images).sort(), files.sort());

  const named = Object.entries(documents).flatMap(([document, text]) =>
    [...text.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, words, path]) => ({ document, words, path })),
  );
  for (const { document, words, path } of named) {
    assert(words.length > 10, `${document} does not say in words what ${path} shows`);
    const { pathname } = new URL(path, new URL(document, root));
    assert(
      pathname.startsWith(images.pathname) && files.includes(pathname.slice(images.pathname.length)),
      `${document}: ${path}`,
    );
  }
  const inTutorial = named.filter(({ document }) => document === "docs/TUTORIAL.md");
  assert.deepEqual(inTutorial.map(({ path }) => path.replace("images/", "")).sort(), files.sort());
});

test("pictures: all have the same size, and are small together", () => {
  const files = readdirSync(images).map((file) => new URL(file, images));
  for (const file of files) {
    const picture = readFileSync(file);
    assert.equal(picture.toString("latin1", 1, 4), "PNG", file.pathname);
    assert.deepEqual({ width: picture.readUInt32BE(16), height: picture.readUInt32BE(20) }, SIZE, file.pathname);
  }
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  assert(bytes < MOST_BYTES, `${bytes} bytes`);
});

test("pictures: what the tutorial prints in bold is on its screens", () => {
  const screens = words.join(" ").replace(/\s+/g, " ");
  const names = [...documents["docs/TUTORIAL.md"].matchAll(/\*\*([^*]+)\*\*/g)].map(([, name]) =>
    name.replace(/\s+/g, " "),
  );
  assert(names.length > 20, `the tutorial names ${names.length} things only`);
  assert.deepEqual(
    names.filter((name) => !screens.includes(name)),
    [],
  );
});
