// One phone of the soak: the real static/js/outbox.js over a storage in a file, for somebody who types needs until killed.
//   node phone.cjs '{"url": …, "cookie": …, "folder": …, "author_id": …, "consultation": …, "area_code": …}'
// Says on its output, a JSON line each: typing (before it is kept), kept (outbox.js said so), received, empty.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { storage, KeyRange } = require("./phone_storage.cjs");

const facts = JSON.parse(process.argv[2]);
const say = (event, more = {}) => fs.writeSync(1, `${JSON.stringify({ event, ...more })}\n`);
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// The browser, as far as outbox.js looks at it

const give = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
const around = new EventTarget();
for (const method of ["addEventListener", "removeEventListener", "dispatchEvent"]) give(method, around[method].bind(around));
give("window", globalThis);
give("self", globalThis);
give("location", new URL("/needs/new", facts.url));
give("indexedDB", storage(path.join(facts.folder, "storage")));
give("IDBKeyRange", KeyRange);
const shelf = {
  removeItem(key) {
    delete this[key];
  },
};
give("localStorage", Object.create(shelf)); // forgotten when the phone is killed, as browsers do
give("navigator", {
  onLine: true,
  userAgent: "soak",
  storage: { persist: async () => true, persisted: async () => true },
  locks: {
    held: new Set(),
    async request(name, options, work = options) {
      if (this.held.has(name)) return options.ifAvailable ? work(null) : rest(0.05).then(() => this.request(name, options, work));
      this.held.add(name);
      try {
        return await work({ name });
      } finally {
        this.held.delete(name);
      }
    },
  },
});
give(
  "document",
  Object.assign(new EventTarget(), {
    visibilityState: "visible",
    hidden: false,
    readyState: "complete",
    documentElement: { lang: "th", dataset: {} },
    querySelector: () => null,
    querySelectorAll: () => [],
    getElementById: () => null,
  }),
);
const away = globalThis.fetch;
give("fetch", (address, options = {}) => {
  const headers = new Headers(options.headers);
  headers.set("Cookie", facts.cookie);
  headers.set("Sec-Fetch-Site", "same-origin");
  return away(new URL(address, location), { ...options, headers });
});

// Its owner

const outboxFile = path.join(__dirname, "../../static/js/outbox.js");
vm.runInThisContext(fs.readFileSync(outboxFile, "utf8"), { filename: "outbox.js" });
const { outbox } = globalThis;

const PROBLEMS = ["น้ำประปาไม่ไหล", "ถนนเป็นหลุม", "ไฟทางดับ", "ตลิ่งพัง", "ราคาข้าวตก", "ไม่มีรถไปโรงพยาบาล"];

const type = async () => {
  const uuid = outbox.uuid();
  const words = `${PROBLEMS[Math.floor(Math.random() * PROBLEMS.length)]} หมู่ ${1 + Math.floor(Math.random() * 12)} (${uuid.slice(0, 8)})`;
  const photos = Math.random() < 0.15 ? 1 : 0;
  say("typing", { uuid, words, photos });
  const answers = { consultation: facts.consultation, problem: words, area_code: facts.area_code };
  await outbox.saveDraft({ uuid, schema_version: outbox.SCHEMA_VERSION, author_id: facts.author_id, answers, started_at: outbox.stamp() });
  const hashes = [];
  for (let n = 0; n < photos; n++) {
    const bytes = Buffer.concat([fs.readFileSync(facts.photo), Buffer.from(uuid)]);
    hashes.push(await outbox.savePhoto(uuid, new Blob([bytes], { type: "image/jpeg" })));
  }
  await outbox.put({ uuid, author_id: facts.author_id, author_name: "", answers, photos: hashes });
  say("kept", { uuid });
};

const told = new Set();
const tell = async () => {
  for (const { uuid, ref } of await outbox.sent()) {
    if (!told.has(uuid)) say("received", { uuid, ref });
    told.add(uuid);
  }
};

const live = async () => {
  for (let turn = 0; ; turn++) {
    if (!facts.is_last && Math.random() < 0.15) await type();
    await outbox.flush({ wake: turn % 5 === 0 });
    if (facts.is_last) for (const { uuid } of await outbox.list()) await outbox.flush({ only: uuid });
    await tell();
    if (facts.is_last && !(await outbox.list()).length) break;
    await rest(0.5 + Math.random());
  }
  say("empty");
  process.exit(0);
};

outbox.refresh().then(live);
