// Keeps the parts of the page that are marked `data-live` fresh. Without it the page is whole, and as old as its loading.
"use strict";
(() => {
  const AGES = 30_000; // how often ages are brought up to date
  const AGAIN = 5_000; // how soon a lost connection is tried again
  const TOGETHER = 150; // changes within so many milliseconds are shown at once
  const REST = 1_000; // from one look to the next, however much happens

  // A page that is to be printed has nothing live in it.
  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
    return;
  }

  // Where nothing is live, a look would be thrown away, and some pages ask the service for it.
  if (!document.querySelector("[data-live]")) return;

  const connection = document.getElementById("connection");
  let source = null;
  let planned = null;
  let again = null;
  let running = false;
  let stale = false;
  let looked = -REST;

  const say = (text, isLost) => {
    connection.classList.toggle("lost", isLost);
    if (connection.textContent !== text) connection.textContent = text;
  };

  const lose = () => {
    const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Africa/Harare" });
    if (!connection.classList.contains("lost")) say(`Connection lost at ${time}. What you see may be old; trying again.`, true);
  };

  // Somebody is typing there, or has typed and not sent it.
  const isEdited = (part) =>
    [...part.querySelectorAll("input, textarea, select")].some(
      (field) =>
        field === document.activeElement ||
        ("defaultValue" in field && field.value !== field.defaultValue) ||
        [...(field.options || [])].some((option) => option.selected !== option.defaultSelected),
    );

  const replace = (part, fresh) => {
    if (part.innerHTML === fresh.innerHTML || isEdited(part)) return;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
    part.replaceChildren(...fresh.childNodes);
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    if (focused) (document.getElementById(focused) || document.getElementById("main")).focus({ preventScroll: true });
  };

  const refresh = async () => {
    if (running) {
      stale = true;
      return;
    }
    running = true;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
      if (response.redirected && new URL(response.url).pathname === "/sign-in") {
        location.assign("/sign-in");
        return;
      }
      if (!response.ok) throw new Error(String(response.status));
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const other = fresh.getElementById(part.id);
        if (other) replace(part, other);
      }
      document.title = fresh.title;
    } catch {
      lose();
      plan(AGAIN);
    } finally {
      running = false;
      looked = performance.now();
      if (stale) {
        stale = false;
        plan(TOGETHER);
      }
    }
  };

  const plan = (after) => {
    const rested = looked + REST - performance.now();
    planned ??= setTimeout(() => {
      planned = null;
      refresh();
    }, Math.max(after, rested));
  };

  const connect = () => {
    clearTimeout(again);
    source = new EventSource("/v1/events");
    source.addEventListener("open", () => {
      say("Live", false);
      // Something may have happened since the page was made.
      plan(0);
    });
    source.addEventListener("change", () => plan(TOGETHER));
    source.addEventListener("error", () => {
      lose();
      // A refusal closes it for good, unlike a broken line.
      if (source.readyState === EventSource.CLOSED) {
        again = setTimeout(() => {
          connect();
          plan(0);
        }, AGAIN);
      }
    });
  };

  const disconnect = () => {
    clearTimeout(again);
    source?.close();
    source = null;
  };

  // A browser has six connections to a host for all of its tabs; those that nobody sees need none.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else if (!source) connect();
  });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => {
    if (event.persisted && !source && !document.hidden) connect();
  });
  setInterval(() => {
    if (!document.hidden) plan(0);
  }, AGES);
  if (!document.hidden) connect();
})();
