// What the pages do better with a script. Every page works without it: nothing here is needed to get a thing done.
import { initAll } from "./govuk-frontend/govuk-frontend.min.js";

const IDLE_MS = 2000;
const KEEP_DAYS = 7;
const reader = document.body.dataset.reader || "";

initAll();
clearSent();
document.querySelectorAll('form[method="post"]').forEach((form) => {
  sendOnce(form);
  if (reader && form.querySelector("textarea")) keepWords(form);
  if (form.dataset.autosaveUrl) autosave(form, form, form.dataset.autosaveUrl);
});
document.querySelectorAll("textarea[data-autosave-url]").forEach((box) => {
  if (box.form) autosave(box.form, box, box.dataset.autosaveUrl);
});

// A folded part says how far it is as soon as its outcome is chosen.
document.querySelectorAll(".app-fold").forEach((fold) => {
  fold.addEventListener("change", (event) => {
    if (event.target.type !== "radio") return;
    const tag = fold.querySelector("summary .govuk-tag");
    tag.textContent = event.target.labels[0].textContent.trim();
    tag.classList.replace("govuk-tag--grey", "govuk-tag--green");
  });
});

// Who signs out leaves nothing behind on a shared computer; a time-out, which nobody asked for, keeps the words.
document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", () => forget(() => true));

function forget(which) {
  try {
    Object.keys(localStorage)
      .filter((key) => key.startsWith(`words:${reader}:`) && which(key))
      .forEach((key) => store(key, null));
  } catch {
    // nothing can be kept here, so nothing needs to be forgotten
  }
}

// A second click while the first is on its way does nothing. The server has its own guard: the idempotency key.
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 10000);
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

// Words kept in this browser, only while they are not safe on the server: per reader and page, a week at most.
function slot(form) {
  const index = [...document.querySelectorAll('form[method="post"]')].indexOf(form);
  return `words:${reader}:${location.pathname}:${form.id || index}`;
}

function words(form) {
  const kept = {};
  form.querySelectorAll("textarea[name]").forEach((box) => (kept[box.name] = box.value));
  return kept;
}

function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ at: Date.now(), ...value }));
    return true;
  } catch {
    return false; // private window, or full: the server's copy is then the only one
  }
}

function stored(key) {
  try {
    const value = JSON.parse(localStorage.getItem(key));
    if (!value || Date.now() - value.at > KEEP_DAYS * 86400000) return null;
    return value;
  } catch {
    return null;
  }
}

// After a confirmation the words that were sent are safe: forget them.
function clearSent() {
  if (!document.querySelector(".govuk-notification-banner--success")) return;
  forget((key) => stored(key)?.sent);
}

// If the sending fails (signed out, no network), the words are here when the page is opened again.
function keepWords(form) {
  const key = slot(form);
  form.addEventListener("submit", () => store(key, { words: words(form), sent: true }));
  const kept = stored(key);
  if (!kept) {
    store(key, null);
    return;
  }
  const now = words(form);
  const differ = Object.keys(kept.words).some((name) => name in now && kept.words[name].trim() !== now[name].trim());
  if (!differ) {
    store(key, null);
    return;
  }
  offer(form, kept, () => store(key, null));
}

function offer(form, kept, forget) {
  const note = document.createElement("div");
  note.className = "govuk-inset-text app-restore";
  const text = document.createElement("p");
  text.className = "govuk-body";
  text.textContent = `Words that you typed here ${ago(kept.at)} were not saved.`;
  const group = document.createElement("div");
  group.className = "govuk-button-group";
  group.append(
    button("Put them back", () => {
      form.querySelectorAll("textarea[name]").forEach((box) => {
        if (box.name in kept.words) {
          box.value = kept.words[box.name];
          box.dispatchEvent(new Event("input", { bubbles: true }));
        }
      });
      note.remove();
      form.querySelector("textarea").focus();
    }),
    button("Throw them away", () => {
      forget();
      note.remove();
      form.querySelector("textarea").focus();
    }),
  );
  note.append(text, group);
  form.prepend(note);
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "govuk-button govuk-button--secondary";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function ago(at) {
  return `at ${clock(at)} on ${new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "long" })}`;
}

function clock(at) {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/London" });
}

// Saves while somebody writes: the whole form goes to the address, with its token, two seconds after the last key.
// Answers understood: 2xx saved (JSON may carry "version" and "saved_at" as words); 409 somebody else changed it.
function autosave(form, watched, url) {
  const key = slot(form);
  const line = form.querySelector("[data-autosave-status]") || form.appendChild(statusLine());
  let timer = 0;
  let running = false;
  let again = false;
  let stopped = false;

  const save = async () => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    const sent = words(form);
    const token = form.querySelector('[name="csrf_token"]')?.value || "";
    try {
      const answer = await fetch(url, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-CSRFToken": token, "X-Requested-With": "autosave", Accept: "application/json" },
        redirect: "manual",
      });
      if (answer.status === 409) {
        stopped = true;
        keep("Somebody else changed this text meanwhile. Press the button to see both versions; yours is kept.");
      } else if (answer.ok) {
        await saved(answer, sent);
      } else if (answer.type === "opaqueredirect" || answer.status === 401) {
        keep("You were signed out. Your words are kept in this browser: sign in again and open this page.");
      } else {
        keep("Not saved. Your words are kept in this browser, and it will be tried again when you type on.");
      }
    } catch {
      keep("No connection. Your words are kept in this browser, and it will be tried again when you type on.");
    }
    running = false;
    if (again) {
      again = false;
      save();
    }
  };

  const saved = async (answer, sent) => {
    const told = await answer.json().catch(() => ({}));
    const version = form.querySelector('[name="version"]');
    if (version && told.version !== undefined) version.value = told.version;
    if (JSON.stringify(sent) === JSON.stringify(words(form))) store(key, null);
    say(`Saved at ${told.saved_at || clock(Date.now())}`, true);
  };

  const keep = (text) => {
    const kept = store(key, { words: words(form) });
    say(kept ? text : "Not saved, and this browser cannot keep the words: copy them before you leave.", false);
  };

  const say = (text, good) => {
    line.textContent = text;
    line.classList.toggle("app-saved--not", !good);
  };

  watched.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, IDLE_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    stopped = true;
  });
  window.addEventListener("pageshow", () => (stopped = false));
}

function statusLine() {
  const line = document.createElement("p");
  line.className = "app-saved";
  line.setAttribute("role", "status");
  return line;
}

// One key for what is done again and again, only while the part that has the keys has the focus, never in a field.
document.querySelectorAll("[data-keys]").forEach((part) => {
  const keyed = (key) => [...part.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  part.querySelector("[data-keys-hint]")?.removeAttribute("hidden");
  part.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    keyed(event.key)?.click();
  });
  if (location.hash === `#${part.id}`) part.focus();
});
