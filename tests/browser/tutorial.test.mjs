// The tutorial, from an empty profile to a key that was read from the page and opens the tenant; in both editions.
import { consoleTest } from "./support/console-test.mjs";
import { classicTutorial, currentTutorial, userDefaultTutorial } from "./support/tutorial.mjs";

consoleTest("the tutorial in the classic edition", {}, classicTutorial);

const current = { server: { edition: "current" } };

consoleTest("the tutorial in the current edition, with a role of its own", current, currentTutorial);

consoleTest("the tutorial in the current edition, for everybody at once", current, userDefaultTutorial);
