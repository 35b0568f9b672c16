// What the console does more comfortably where scripts run. Every page works without it.

const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

// Times: in the reader's own zone. The exact instant stays in the title.
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const showTimes = (root) =>
  each(root, "time[datetime]", (time) => {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = format.format(at);
  });
showTimes(document);

// Copy buttons: shown only where they can work.
function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
  } catch {
    // Without permission, or without TLS on a host other than localhost, only the older way is left.
    select(element);
    document.execCommand("copy");
  }
}

each(document, "[data-copy]", (button) => {
  const label = button.querySelector("span");
  const live = document.querySelector(".live");
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(document.getElementById(button.dataset.copy));
    label.textContent = "Copied";
    button.classList.add("copied");
    const note = document.createElement("span");
    note.className = "hidden";
    note.textContent = "Copied to the clipboard.";
    live.append(note);
    setTimeout(() => {
      label.textContent = "Copy";
      button.classList.remove("copied");
      note.remove();
    }, 2000);
  });
});

// Menus: one open at a time; closed by a click elsewhere and by Escape.
const closeMenus = (but) => each(document, "[data-menu][open]", (menu) => menu !== but && (menu.open = false));
document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-menu]")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Boxes of a table: how many are ticked.
each(document, "[data-select]", (table) => {
  const form = table.closest("form");
  const button = form.querySelector("[data-dialog-form]");
  const count = form.querySelector("[data-selected]");
  if (!button) return;
  const update = () => {
    const ticked = table.querySelectorAll("input:checked").length;
    button.disabled = ticked === 0;
    count.textContent = ticked === 0 ? "None selected" : `${ticked} selected`;
  };
  table.addEventListener("change", update);
  update();
});

// What is live: fetched anew when the emulator tells that something has come, at most twice a second.
each(document, "[data-live]", (region) => {
  const mark = document.querySelector("[data-live-mark]");
  const source = new EventSource(region.dataset.live);
  let timer;
  const refresh = async () => {
    timer = undefined;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(region.id);
    if (!answer.ok || !fresh) return;
    const kept = new Set();
    each(region, "[data-keep][open]", (details) => kept.add(details.dataset.keep));
    const focused = region.contains(document.activeElement) && document.activeElement.closest("[data-keep]");
    region.replaceChildren(...document.importNode(fresh, true).childNodes);
    // What somebody has opened stays open, and keeps the focus.
    each(region, "[data-keep]", (details) => {
      details.open = kept.has(details.dataset.keep);
      if (focused && focused.dataset.keep === details.dataset.keep) details.querySelector("summary").focus();
    });
    showTimes(region);
  };
  source.addEventListener("open", () => (mark.hidden = false));
  source.addEventListener("error", () => (mark.hidden = true));
  source.addEventListener("request", () => (timer ??= setTimeout(refresh, 500)));
  addEventListener("pagehide", () => source.close());
});

// Dialogs: the page that a link leads to, as a window over this one. Its forms are sent as usual.
async function openDialog(address, opener) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const content = page.querySelector("[data-dialog-content]");
  if (!answer.ok || answer.redirected || !content) throw new Error("no dialog");
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.append(document.importNode(content, true));
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-dialog-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener.focus();
  });
  dialog.showModal();
  dialog.querySelector("input:not([type=hidden]), select, button")?.focus();
}

async function enhance(event, address, opener) {
  event.preventDefault();
  closeMenus();
  try {
    await openDialog(address, opener);
  } catch {
    location.assign(address);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  enhance(event, link.href, link.closest("[data-menu]")?.querySelector("summary") ?? link);
});

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.matches("[data-dialog-form]")) return;
  enhance(event, `${event.target.action}?${new URLSearchParams(new FormData(event.target))}`, button);
});

// A form is sent once.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "true";
});
addEventListener("pageshow", () => each(document, "form[data-sent]", (form) => delete form.dataset.sent));
