// What pages can do beyond links and forms: the look, the help sheet, two-key navigation, search with "/".

const texts = document.body.dataset;

// --- The look -------------------------------------------------------------------------------------------------------
const theme = document.querySelector("[data-theme-switch]");
theme?.addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset.theme ?? (isDark ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});

// --- Keys -----------------------------------------------------------------------------------------------------------
const help = document.querySelector("#help");
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
let first = null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    return;
  }
  if (event.key === "?") return help?.open ? help.close() : help?.showModal();
  if (first === "g") {
    // By the key's place, so that "g c" works on a keyboard of any language.
    const letter = event.code.replace("Key", "").toLowerCase();
    document.querySelector(`[data-key="${CSS.escape(letter)}"]`)?.click();
    first = null;
    return;
  }
  first = event.code === "KeyG" ? "g" : null;
  if (first) setTimeout(() => (first = null), 1500);
});
document.querySelector("[data-help]")?.addEventListener("click", () => help?.showModal());
help?.querySelector("button")?.addEventListener("click", () => help.close());

// A row of a list opens what its first link names, as the mouse expects; the keyboard has the link.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (!row || event.target.closest("a, button, input, label, select") || getSelection().toString()) return;
  row.querySelector("a")?.click();
});

// Menus close when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  document.body.classList.add("no-tips");
});
for (const moved of ["focusin", "pointerover"]) {
  document.addEventListener(moved, (event) => {
    if (event.target.closest("th")) document.body.classList.remove("no-tips");
  });
}

// --- Buttons --------------------------------------------------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  say(texts.copied);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

// Fields that change what is shown send their form at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// Questions before what cannot be taken back.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// --- What is said to everybody, also to those who do not see it -------------------------------------------------------
function say(text) {
  const place = document.querySelector("#said");
  place.textContent = text;
  place.classList.add("shown");
  setTimeout(() => place.classList.remove("shown"), 2500);
}

document.body.addEventListener("htmx:responseError", () => say(texts.failed));
document.body.addEventListener("htmx:sendError", () => say(texts.failed));
