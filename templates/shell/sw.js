// The service worker keeps the form and what it needs. It answers GET only, leaves /api/ alone, and never deletes what a
// person wrote. A new version waits until a page says that no form is half filled.
"use strict";

const SHELL = {{ ("shell-" ~ version)|tojson }};
const LANGUAGES = {{ languages|tojson }};
const PAGES = {{ pages|tojson }};
const FILES = {{ files|tojson }};

importScripts({{ static("js/outbox.js")|tojson }});

// A captive portal answers everything with 200, too; only our own replies are marked.
const fetched = async (url, options) => {
  const reply = await fetch(url, options);
  if (!reply.ok || !reply.headers.has("prachakhom")) throw new Error(`${url} answered ${reply.status}`);
  return reply;
};

const install = async () => {
  const cache = await caches.open(SHELL);
  // Pages are fetched as nobody: they are the same for everybody, and no cookie of theirs may change the reader's language.
  const pages = PAGES.flatMap((page) => LANGUAGES.map((lang) => `${page}?lang=${lang}`));
  await Promise.all([
    ...pages.map(async (url) => cache.put(url, await fetched(url, { credentials: "omit", cache: "reload" }))),
    ...FILES.map(async (url) => cache.put(url, await fetched(url))),
  ]);
};

const activate = async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
};

// The language the reader chose last: a worker sees no cookies.
const remember = async (lang) => LANGUAGES.includes(lang) && (await caches.open("reader")).put("/lang", new Response(lang));
const language = async () => {
  const kept = await caches.match("/lang", { cacheName: "reader" });
  return kept ? kept.text() : LANGUAGES[0];
};
const page = async (path) => caches.match(`${path}?lang=${await language()}`, { cacheName: SHELL });

const open = async (request, url) => {
  await remember(url.searchParams.get("lang"));
  if (PAGES.includes(url.pathname)) return (await page(url.pathname)) ?? fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    return (await page("/offline")) ?? Promise.reject(error);
  }
};

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") {
    event.respondWith(open(request, url));
  } else if (FILES.includes(url.pathname + url.search)) {
    event.respondWith(caches.match(request, { cacheName: SHELL }).then((kept) => kept ?? fetch(request)));
  }
});
self.addEventListener("message", (event) => {
  if (event.data?.activate) self.skipWaiting();
  if (event.data?.lang) event.waitUntil(remember(event.data.lang));
});
// Where the browser wakes us up for it; everywhere else the page does the sending.
self.addEventListener("sync", (event) => event.waitUntil(self.outbox.flush({ wake: true })));

// News that was asked for on the account page: a few words with nothing personal, and where to read the rest.
self.addEventListener("push", (event) => {
  const { body, path } = event.data?.json() ?? {};
  const look = { body, data: path, tag: path, icon: {{ static("icons/app-192.png")|tojson }} };
  event.waitUntil(self.registration.showNotification("ประชาคม", look));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { href, origin } = new URL(event.notification.data ?? "/", location.origin);
  event.waitUntil(self.clients.openWindow(origin === location.origin ? href : "/"));
});
