// The steps of the tutorial, by the names that a person reads on the screens; with and without JavaScript.
import assert from "node:assert/strict";

/** The words in which the editions differ. */
export const words = {
  classic: {
    console: "Management Console",
    users: "Users",
    roles: "Roles",
    editRoles: "Edit roles",
    saveRoles: "Save",
    newRole: "Create role",
    saveRole: "Save",
  },
  current: {
    console: "Administration",
    users: "Manage users",
    roles: "Permissions",
    editRoles: "Assign roles",
    saveRoles: "Assign",
    newRole: "Create new",
    saveRole: "Confirm",
  },
};

/** Waits for the sentence that says what was just done. */
export function said(browser, sentence) {
  return browser.until(`sentence "${sentence}"`, async () => {
    const [flash] = await browser.visible("flash");
    return flash && (await flash.getText()) === sentence;
  });
}

/** The row of a table that belongs to somebody or something: `attribute` is `user`, `key` or `role`. */
export function row(browser, attribute, value) {
  return browser.until(`row of ${value}`, async () => {
    for (const row of await browser.visible(`${attribute}-row`)) {
      if ((await row.getAttribute(`data-${attribute}`)) === value) return row;
    }
    return false;
  });
}

/** Chooses somebody on the log-in page, which must be shown. */
export async function chooseUser(browser, { email }) {
  await browser.until(`choice of ${email}`, async () => {
    for (const choice of await browser.visible("sign-in-user")) {
      if ((await choice.getText()).split("\n").includes(email)) {
        await choice.click();
        return true;
      }
    }
    return false;
  });
}

/** Goes to the start page and signs in from there; waits until the avatar is that of this user. */
export async function signIn(browser, person) {
  await browser.open("/");
  await browser.atPath("/login");
  await chooseUser(browser, person);
  await browser.named("button", `Account of ${person.name}`);
}

/** Opens the menu behind the avatar, chooses an entry, and waits for the page behind it. */
export async function chooseInAccountMenu(browser, person, kind, entry) {
  await browser.clickNamed("button", `Account of ${person.name}`);
  const head = await browser.element("account-name");
  assert.equal(await head.getText(), person.name);
  await browser.clickNamed(kind, entry, ".account");
}

/** Signs out through the menu behind the avatar. */
export async function signOut(browser, person) {
  await chooseInAccountMenu(browser, person, "button", "Sign out");
  await browser.atPath("/login");
  await said(browser, "You are signed out.");
}

/** Goes to a part of the management console through the area switch and the navigation beside the page. */
export async function goTo(browser, edition, part) {
  await browser.clickNamed("link", words[edition].console);
  await browser.clickNamed("link", part, "nav.side");
  await browser.until(`page ${part}`, async () => (await browser.heading()) === part);
}

/** Whether the switch "Enable API keys" is on. */
export async function keysAreEnabled(browser) {
  const control = await browser.named("button", "Enable API keys");
  return (await control.getAttribute("aria-checked")) === "true";
}

/** Turns the switch "Enable API keys" on. */
export async function enableKeys(browser) {
  assert.equal(await keysAreEnabled(browser), false);
  await browser.clickNamed("button", "Enable API keys");
  await said(browser, "API keys are switched on.");
  assert.equal(await keysAreEnabled(browser), true);
}

/** The form of a setting, by its accessible name. */
function settingForm(name) {
  return `form[aria-label="${name}"]`;
}

/** "Change maximum token expiration". */
export async function changeMaximumExpiration(browser, amount, unit) {
  const form = settingForm("Change maximum token expiration");
  await browser.type(await browser.named("field", "Number", form), String(amount));
  await browser.choose(await browser.named("field", "Unit", form), unit);
  await browser.clickNamed("button", "Save", form);
  await said(browser, "The maximum token expiration is changed. It applies to new keys.");
  assert.equal(await browser.text("maximum-expiration-current"), `${amount} ${unit}`);
}

/** "Change maximum of active API keys per user". */
export async function changeMaximumPerUser(browser, maximum) {
  const form = settingForm("Change maximum of active API keys per user");
  await browser.type(await browser.named("field", "Active keys", form), String(maximum));
  await browser.clickNamed("button", "Save", form);
  await said(browser, "The maximum of active API keys per user is changed. It applies to new keys.");
  const field = await browser.named("field", "Active keys");
  assert.equal(await field.getAttribute("value"), String(maximum));
}

/** Opens the menu of a row, whose accessible name is `name`, and chooses an entry. */
export async function chooseInMenu(browser, name, kind, entry) {
  await browser.clickNamed("button", `Actions for ${name}`);
  await browser.clickNamed(kind, entry, "[data-menu][open]");
}

/** Opens the dialog with the roles of a user, from the list of users. */
export async function openRolesOf(browser, edition, person) {
  await goTo(browser, edition, words[edition].users);
  await chooseInMenu(browser, person.name, "link", words[edition].editRoles);
  assert.equal(await browser.text("dialog-title"), words[edition].editRoles);
  assert.equal(await browser.text("roles-user"), person.name);
}

/** Ticks a role in the dialog with the roles of a user. The role is called the same in the contract. */
export async function tickRole(browser, title) {
  const box = await browser.element(`role-${title}`);
  assert.equal(await box.isSelected(), false);
  assert((await box.getAccessibleName()).startsWith(title));
  // The list is long; in the middle there is something around the role to see.
  await browser.driver.executeScript("arguments[0].scrollIntoView({ block: 'center' })", box);
  await box.click();
}

/** Saves the roles of a user, among which `title` has to be then. */
export async function saveRoles(browser, edition, person, title) {
  await browser.clickNamed("button", words[edition].saveRoles);
  await said(browser, "The roles are saved.");
  const holder = await row(browser, "user", person.email);
  const roles = await browser.text("user-roles", holder);
  assert(roles.split("\n").includes(title), roles);
}

/** Allows "Manage API keys" in the dialog of `User Default` or of a custom role. */
export async function allowManagingKeys(browser) {
  await browser.choose(await browser.named("field", "Manage API keys"), "Allowed");
}

/** Opens "Generate new key" from the own API keys, by the menu behind the avatar. */
export async function openGenerate(browser, person) {
  await chooseInAccountMenu(browser, person, "link", "API keys");
  await browser.atPath("/profile/api-keys");
  await browser.clickNamed("link", "Generate new key");
  await browser.named("field", "API key description");
}

/** Fills in "Generate new key". */
export async function describeKey(browser, description, expiresIn) {
  await browser.type(await browser.named("field", "API key description"), description);
  await browser.choose(await browser.named("field", "Expires in"), expiresIn);
}

/** Generates the key that was described; the page that shows it is open then. */
export async function generate(browser, description) {
  await browser.clickNamed("button", "Generate");
  await browser.atPath(/^\/profile\/api-keys\/shown\/[0-9a-f-]{36}$/);
  assert.equal(await browser.text("new-key-description"), description);
}

/** The key, read from the page that shows it. */
export async function readKey(browser) {
  const key = await browser.text("new-key");
  assert.match(key, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  return key;
}
