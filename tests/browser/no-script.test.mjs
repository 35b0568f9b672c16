// The same walks in a browser that runs no scripts.
import { consoleTest } from "./support/console-test.mjs";
import { classicTutorial, currentTutorial, userDefaultTutorial } from "./support/tutorial.mjs";

const browser = { javascript: false };
const current = { server: { edition: "current" }, browser };

consoleTest("without scripts: the tutorial in the classic edition", { browser }, classicTutorial);

consoleTest("without scripts: the tutorial in the current edition, with a role of its own", current, currentTutorial);

consoleTest("without scripts: the tutorial in the current edition, for everybody", current, userDefaultTutorial);
