// The outbox: what is written on this device and has not reached the system yet. Storage and sending only, no page: the
// service worker runs this file too. Nothing is deleted before an answer that repeats its UUID says it was received.
"use strict";

self.outbox = (() => {
  const SCHEMA_VERSION = 1;
  const RESERVE = 256 * 1024; // room held for words, given up when photos have filled the rest
  const LONGEST_WAIT = 15 * 60_000;
  const limits = { words: 30_000, photo: 120_000 }; // how long an answer is waited for, in milliseconds
  const FINAL = ["needs_fix", "conflict"]; // wait for a person, not for the network

  const uuid = () =>
    crypto.randomUUID?.() ??
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
      (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));

  const stamp = (when = new Date()) => {
    const minutes = -when.getTimezoneOffset();
    const two = (n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
    const local = new Date(when.getTime() + minutes * 60_000).toISOString().slice(0, 19);
    return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  };

  const title = (text) => {
    const line = (text ?? "").replace(/\s+/g, " ").trim();
    const parts = self.Intl?.Segmenter ? [...new Intl.Segmenter("th").segment(line)].map((s) => s.segment) : [...line];
    return parts.length > 70 ? `${parts.slice(0, 68).join("").trimEnd()} …` : line;
  };

  // The database. Browsers close it behind our back (iOS does so often): it is opened again, and the work tried once more.

  let opening = null;
  const open = () => {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("prachakhom", 1);
      request.onupgradeneeded = () => {
        const keys = { drafts: "uuid", outbox: "uuid", photos: ["uuid", "sha256"], sent: "uuid", misc: "key" };
        for (const [name, keyPath] of Object.entries(keys)) request.result.createObjectStore(name, { keyPath });
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const db = request.result;
        db.onclose = () => (opening = null);
        db.onversionchange = () => {
          opening = null;
          db.close();
        };
        resolve(db);
      };
    });
    opening.catch(() => (opening = null));
    return opening;
  };

  // One transaction. `work` may return a request: its result is what comes back once everything is on the disk.
  const run = async (stores, mode, work, isAgain = false) => {
    const db = await open();
    try {
      const transaction = db.transaction(stores, mode, { durability: "strict" });
      return await new Promise((resolve, reject) => {
        let request;
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
        try {
          request = work((name) => transaction.objectStore(name));
        } catch (error) {
          reject(error);
          transaction.abort();
        }
      });
    } catch (error) {
      if (isAgain || error?.name !== "InvalidStateError") throw error;
      opening = null;
      return run(stores, mode, work, true);
    }
  };
  const get = (name, key) => run([name], "readonly", (store) => store(name).get(key));
  const all = (name) => run([name], "readonly", (store) => store(name).getAll());
  const keep = (name, value) => run([name], "readwrite", (store) => store(name).put(value));
  const drop = (name, key) => run([name], "readwrite", (store) => store(name).delete(key));
  const photosOf = (id) => IDBKeyRange.bound([id], [id, []]);

  const isFull = (error) => error?.name === "QuotaExceededError";

  // Words come first: when the storage is full, the reserve makes room for them.
  const runForWords = async (stores, work) => {
    try {
      return await run(stores, "readwrite", work);
    } catch (error) {
      if (!isFull(error)) throw error;
      await drop("misc", "reserve").catch(() => {});
      return run(stores, "readwrite", work);
    }
  };
  const newReserve = () => {
    const bytes = new Uint8Array(RESERVE); // random, for zeros would be packed into nothing
    for (let at = 0; at < RESERVE; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
    return { key: "reserve", bytes };
  };
  const holdReserve = async () => {
    if (await run(["misc"], "readonly", (store) => store("misc").count("reserve"))) return;
    await keep("misc", newReserve());
  };

  // localStorage takes what the database cannot hold any more, and remembers by name what was here, should it be wiped.

  const shelf = (() => {
    try {
      return self.localStorage ?? null;
    } catch {
      return null;
    }
  })();
  const OVERFLOW = "outbox:";
  const INDEX = "outbox-index";
  const overflow = () =>
    Object.keys(shelf ?? {}).filter((key) => key.startsWith(OVERFLOW)).map((key) => JSON.parse(shelf[key]));
  const readIndex = () => {
    try {
      return JSON.parse(shelf?.[INDEX] ?? "{}");
    } catch {
      return {};
    }
  };
  const changeIndex = (change) => {
    const index = readIndex();
    change(index);
    try {
      if (shelf) shelf[INDEX] = JSON.stringify(index);
    } catch {
      // Full: the names are only a help.
    }
  };
  const remember = (one) =>
    changeIndex((index) => (index[one.uuid] = { title: title(one.answers.problem), author_id: one.author_id }));
  const forget = (...ids) => changeIndex((index) => ids.forEach((id) => delete index[id]));

  // What is remembered by name and is nowhere any more. The system is asked first: it may have arrived.
  const missing = async () => {
    const here = new Set(overflow().map((one) => one.uuid));
    for (const name of ["drafts", "outbox", "sent"]) for (const one of await all(name)) here.add(one.uuid);
    const who = await me();
    const lost = [];
    for (const [id, entry] of Object.entries(readIndex())) {
      if (here.has(id) || (who && entry.author_id && entry.author_id !== who.id)) continue;
      const reply = await ask("GET", `/api/needs/${id}`, null, {}, 8000);
      if (reply.json?.client_uuid === id && reply.json.ref) {
        const sent = { ...receiptOf(reply.json), uuid: id, title: entry.title, author_id: entry.author_id };
        await keep("sent", sent).catch(() => {});
        forget(id);
      } else if (reply.status === 404 || reply.status === 401) {
        lost.push({ uuid: id, ...entry });
      }
    }
    return lost;
  };

  // Everybody who looks at the outbox hears of a change, in this window and in the others.

  const channel = self.BroadcastChannel ? new BroadcastChannel("outbox") : null;
  const listeners = new Set();
  const tell = () => listeners.forEach((listener) => listener());
  if (channel) channel.onmessage = tell;
  const changed = () => {
    tell();
    channel?.postMessage("changed");
  };

  // Who writes here, and what the form needs to know; both as last heard from the system. What a full disk did not take is
  // remembered while the page is open.

  const unwritten = new Map();
  const note = async (row) => {
    unwritten.set(row.key, row);
    await keep("misc", row).then(() => unwritten.delete(row.key), () => {});
  };
  const noted = async (key) => unwritten.get(key) ?? (await get("misc", key).catch(() => null));

  // Whoever signs out leaves nothing to read: then it is nobody (id 0), until somebody signs in.
  const me = async () => {
    const who = (await noted("me"))?.value ?? null;
    return who && shelf?.["signed-out"] ? { id: 0, name: "", signed_in: false } : who;
  };
  const intake = async () => (await noted("intake"))?.value ?? null;
  const device = async () => {
    const kept = await noted("device");
    if (kept) return kept.value;
    const value = uuid().slice(0, 8);
    await note({ key: "device", value });
    return value; // not read again: the storage may be wiped at any moment
  };
  let isAsked = false; // since this page was opened, whatever came back
  // Returns whether the system itself answered.
  const refresh = async () => {
    const held = await noted("intake");
    const who = await me();
    const headers = who?.id ? await waitingHeader(who.id) : {};
    if (held?.etag && who?.signed_in) headers["if-none-match"] = held.etag;
    const reply = await ask("GET", "/api/intake", null, headers);
    if (reply.status === 200 && reply.json?.user?.id) {
      const { user } = reply.json;
      shelf?.removeItem("signed-out");
      await note({ key: "me", value: { ...user, signed_in: true } });
      await note({ key: "intake", value: reply.json, etag: reply.etag });
    } else if (reply.status === 401 && who?.id) {
      await note({ key: "me", value: { ...who, signed_in: false } });
    }
    isAsked = true;
    tell();
    return reply.status === 304 || reply.status === 401 || Boolean(reply.json?.user);
  };

  // Drafts and photos

  const drafts = async () => (await all("drafts").catch(() => [])).sort((a, b) => (a.saved_at < b.saved_at ? 1 : -1));
  const saveDraft = async (draft) => {
    await runForWords(["drafts"], (store) => store("drafts").put({ ...draft, saved_at: stamp() }));
    remember(draft);
    changed();
    holdReserve().catch(() => {});
  };
  const removeDraft = async (id) => {
    await run(["drafts", "photos"], "readwrite", (store) => {
      store("drafts").delete(id);
      store("photos").delete(photosOf(id));
    });
    forget(id);
    changed();
  };
  const savePhoto = async (id, blob) => {
    const bytes = await blob.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const reserve = newReserve();
    await run(["photos", "misc"], "readwrite", (store) => {
      store("photos").put({ uuid: id, sha256, type: blob.type, bytes });
      const held = store("misc").count("reserve"); // a photo never takes the room that is held for words
      held.onsuccess = () => held.result || store("misc").put(reserve);
    });
    return sha256;
  };
  const photo = (id, sha256) => get("photos", [id, sha256]);
  const removePhoto = (id, sha256) => drop("photos", [id, sha256]);
  const copyPhotos = async (from, to, hashes) => {
    for (const sha256 of hashes) {
      const held = await photo(from, sha256);
      if (held) await keep("photos", { ...held, uuid: to });
    }
  };

  // The queue. A queued item is never edited: a mended one is a new item that replaces it.

  const heard = new Map(); // states that could not be written down: a full disk does not stop the sending

  const list = async () => {
    const kept = await all("outbox").catch(() => []);
    const ids = new Set(kept.map((item) => item.uuid));
    const extra = overflow().filter((item) => !ids.has(item.uuid)).map((item) => ({ ...item, is_overflow: true }));
    return [...kept, ...extra]
      .map((item) => ({ ...item, ...heard.get(item.uuid) }))
      .filter((item) => item.state !== "sent")
      .sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1));
  };

  const put = async (item) => {
    const queued = {
      schema_version: SCHEMA_VERSION, photos: [], replaces: null, captured_at: stamp(), ...item,
      state: "queued", tries: 0, next_try_at: 0, error: "", errors: {}, queued_at: stamp(),
    };
    try {
      await runForWords(["drafts", "outbox", "photos"], (store) => {
        store("outbox").put(queued);
        store("drafts").delete(queued.uuid);
        if (queued.replaces) {
          store("outbox").delete(queued.replaces);
          store("photos").delete(photosOf(queued.replaces));
        }
      });
    } catch (error) {
      if (!shelf) throw error;
      shelf[OVERFLOW + queued.uuid] = JSON.stringify(queued); // throws when even this is full: the form keeps the words
      if (queued.replaces) shelf.removeItem(OVERFLOW + queued.replaces);
    }
    forget(queued.replaces);
    remember(queued);
    changed();
    self.navigator.storage?.persist?.().catch(() => {});
    self.registration ?? navigator.serviceWorker?.ready.then((ready) => ready.sync?.register("outbox")).catch(() => {});
    return queued;
  };

  const remove = async (id) => {
    shelf?.removeItem(OVERFLOW + id);
    await run(["outbox", "photos"], "readwrite", (store) => {
      store("outbox").delete(id);
      store("photos").delete(photosOf(id));
    });
    forget(id);
    changed();
  };

  // Note a state. It only advises: what is queued stays queued, whether or not this can be written.
  const mark = async (item, changes) => {
    Object.assign(item, changes);
    const latest = { ...heard.get(item.uuid), ...changes };
    heard.set(item.uuid, latest);
    let isWritten = false;
    const write = (store) => {
      const reading = store("outbox").get(item.uuid);
      reading.onsuccess = () => {
        isWritten = Boolean(reading.result);
        if (isWritten) store("outbox").put({ ...reading.result, ...latest });
      };
    };
    await run(["outbox"], "readwrite", write).catch(() => (isWritten = false));
    if (isWritten) heard.delete(item.uuid);
    tell();
    channel?.postMessage("changed"); // it may be the service worker that sends, while a page shows how it stands
  };

  // Sending

  const retryAfter = (value) => {
    if (!value) return 0;
    const wait = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.now();
    return wait > 0 ? wait : 0;
  };

  const ask = async (method, url, body, headers = {}, patience = limits.words) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    try {
      const reply = await fetch(url, {
        method, body, headers: { accept: "application/json", ...headers },
        redirect: "manual", credentials: "same-origin", cache: "no-store", signal: stop.signal,
      });
      const json = await reply.json().catch(() => null);
      const after = retryAfter(reply.headers.get("retry-after"));
      return { status: reply.status, json, after, etag: reply.headers.get("etag") };
    } catch {
      return { status: 0, json: null, after: 0 };
    } finally {
      clearTimeout(timer);
    }
  };

  // How many of a person's needs wait on this device, and for how long: so that somebody can help.
  const waitingHeader = async (author) => {
    const own = (await list()).filter((item) => item.author_id === author);
    const seconds = own.length ? Math.max(0, Math.round((Date.now() - Date.parse(own[0].queued_at)) / 1000)) : 0;
    return { "x-outbox": `${own.length};${seconds};${await device()}` };
  };

  const receiptOf = ({ ref, receipt, sent_at, received_at, status }) => ({ ref, receipt, sent_at, received_at, status });

  const bodyOf = (item) => ({
    client_uuid: item.uuid,
    schema_version: item.schema_version,
    author_id: item.author_id,
    captured_at: item.captured_at,
    replaces: item.replaces ?? null,
    photos: item.photos,
    answers: item.answers,
  });

  const isDue = (item, who, isWanted) => {
    if (who && item.author_id !== null && who.id !== item.author_id) return false;
    if (item.author_id === null) return isWanted && Boolean(who?.signed_in); // nobody's yet: only its reader claims it
    if (who && !who.signed_in) return false;
    if (isWanted) return true;
    if (FINAL.includes(item.state) || item.is_stuck) return false;
    if (item.state === "sending") return true; // whoever was at it is gone: only one sends at a time
    const now = Date.now();
    return now >= item.next_try_at || now < item.tried_at; // a clock that was set back is no reason to wait
  };

  // Not received. Returns whether the next item may be tried now.
  const refused = async (item, { status, json, after }) => {
    const isOurs = json?.client_uuid === item.uuid;
    if (status === 401) {
      const who = await me();
      if (who) await note({ key: "me", value: { ...who, signed_in: false } });
      await mark(item, { state: "needs_login", error: "" });
      return false;
    }
    if (isOurs && status === 403) {
      await mark(item, { state: "other_user", error: json.error ?? "" });
      await refresh(); // somebody else is signed in by now
      return true;
    }
    if (isOurs && (status === 409 || status === 422)) {
      const state = status === 409 ? "conflict" : "needs_fix";
      await mark(item, { state, error: json.error ?? "", errors: json.errors ?? {} });
      return true;
    }
    const tries = item.tries + 1;
    const backOff = Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(tries, 20)) * (0.5 + Math.random() / 2);
    const now = Date.now();
    await mark(item, {
      state: item.ref ? "photos_pending" : "queued",
      tries,
      tried_at: now,
      next_try_at: now + Math.max(backOff, after),
      error: status === 0 ? "offline" : status === 429 || status >= 500 ? "busy" : "strange",
    });
    return status !== 0;
  };

  const deliver = async (item, who) => {
    if (item.author_id === null) {
      await mark(item, { author_id: who.id, author_name: who.name });
      if (item.is_overflow) shelf[OVERFLOW + item.uuid] = JSON.stringify(item);
    }
    await mark(item, { state: "sending", error: "", is_stuck: false });
    if (!item.ref) {
      const reply = await ask("POST", "/api/needs", JSON.stringify(bodyOf(item)), {
        "content-type": "application/json",
        "idempotency-key": item.uuid,
        ...(await waitingHeader(item.author_id)),
      });
      const isReceived = (reply.status === 200 || reply.status === 201) && reply.json?.client_uuid === item.uuid && reply.json.ref;
      if (!isReceived) return refused(item, reply);
      await mark(item, { ...receiptOf(reply.json), unsent: reply.json.photos_missing ?? [], tries: 0 });
    }
    const refusedPhotos = [];
    for (const sha256 of item.unsent ?? item.photos) {
      const held = await photo(item.uuid, sha256).catch(() => null);
      if (!held) {
        refusedPhotos.push(sha256); // gone from this device: the words have arrived without it, and the sender is told
        continue;
      }
      await mark(item, { state: "photos_pending" });
      const url = `/api/needs/${item.uuid}/photos/${sha256}`;
      const reply = await ask("PUT", url, held.bytes, { "content-type": held.type || "application/octet-stream" }, limits.photo);
      const isOurs = reply.json?.client_uuid === item.uuid;
      if (isOurs && reply.json.sha256 === sha256 && (reply.status === 200 || reply.status === 201)) {
        await mark(item, { unsent: (item.unsent ?? item.photos).filter((one) => one !== sha256) });
      } else if (isOurs && reply.status === 422) {
        await mark(item, { error: reply.json.error ?? "" });
        refusedPhotos.push(sha256);
      } else {
        return refused(item, reply);
      }
    }
    if (refusedPhotos.length) {
      await mark(item, { state: "photos_pending", is_stuck: true, unsent: refusedPhotos });
      return true;
    }
    await settle(item);
    return true;
  };

  // Received, photos and all: the words leave the queue for the list of receipts.
  const settle = async (item) => {
    const sent = { ...receiptOf(item), uuid: item.uuid, title: title(item.answers.problem), author_id: item.author_id };
    const clear = (store) => {
      store("outbox").delete(item.uuid);
      store("photos").delete(photosOf(item.uuid));
    };
    shelf?.removeItem(OVERFLOW + item.uuid);
    try {
      await run(["outbox", "photos", "sent"], "readwrite", (store) => {
        clear(store);
        store("sent").put(sent);
      });
    } catch {
      heard.set(item.uuid, { state: "sent" }); // no room: the system's own list has the receipt
      await run(["outbox", "photos"], "readwrite", clear).catch(() => {});
    }
    forget(item.uuid);
    changed();
  };

  // The words have arrived, and the photos never will: the sender has seen that, and lets it go.
  const finish = async (id) => {
    const item = (await list()).find((one) => one.uuid === id);
    if (item?.ref) await settle(item);
  };

  // What spilled over goes back where it belongs as soon as there is room.
  const rescue = async () => {
    for (const item of overflow()) {
      try {
        await run(["outbox", "drafts"], "readwrite", (store) => {
          store("outbox").put(item);
          store("drafts").delete(item.uuid);
        });
        shelf.removeItem(OVERFLOW + item.uuid);
      } catch {
        return;
      }
    }
  };

  // One sender at a time on this device: a lock where the browser has them (iOS from 15.4), else a lease in the database.
  const LEASE = 150_000;
  const lease = async (work) => {
    const now = Date.now();
    let isMine = false;
    await run(["misc"], "readwrite", (store) => {
      const reading = store("misc").get("lease");
      reading.onsuccess = () => {
        const until = reading.result?.until ?? 0;
        isMine = until <= now || until > now + LEASE;
        if (isMine) store("misc").put({ key: "lease", until: now + LEASE });
      };
    });
    if (!isMine) return;
    try {
      await work();
    } finally {
      await drop("misc", "lease").catch(() => {});
    }
  };
  const alone = (work, willWait) =>
    self.navigator.locks
      ? navigator.locks.request("outbox", willWait ? {} : { ifAvailable: true }, (lock) => (lock ? work() : undefined))
      : lease(work);

  // Send what is due. `only` names one item and sends it now; `wake` is a network that came back.
  const flush = ({ only = null, wake = false } = {}) =>
    alone(async () => {
      await rescue().catch(() => {});
      for (const { uuid: id } of await list()) {
        if (only && id !== only) continue;
        const item = (await list()).find((one) => one.uuid === id); // it may have been deleted meanwhile
        const who = await me();
        const isWanted = Boolean(only) || (wake && ["offline", "strange"].includes(item?.error) && item.author_id !== null);
        if (!item || !isDue(item, who, isWanted)) continue;
        if (!(await deliver(item, who))) break;
      }
      if (!(await list()).length) holdReserve().catch(() => {});
    }, wake || Boolean(only)).catch(() => {});

  // A file of what has not been sent, for an officer to bring in where there is a network. Same UUIDs: nothing comes twice.
  const exported = async (ids = null) => {
    const who = await me();
    const items = (await list()).filter((item) => (!ids || ids.includes(item.uuid)) && (!who || item.author_id === who.id || item.author_id === null));
    const photos = {};
    for (const item of items) {
      for (const sha256 of item.photos) {
        const held = await photo(item.uuid, sha256).catch(() => null);
        if (!held) continue;
        const bytes = new Uint8Array(held.bytes);
        let binary = "";
        for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
        photos[sha256] = btoa(binary);
      }
    }
    return {
      format: "prachakhom-outbox",
      version: 1,
      exported_at: stamp(),
      device: await device(),
      items: items.map((item) => ({ ...bodyOf(item), author_name: item.author_name ?? "", queued_at: item.queued_at, state: item.state })),
      photos,
    };
  };

  return {
    SCHEMA_VERSION, limits, uuid, stamp, title, isFull,
    me, intake, refresh, hasAsked: () => isAsked, device,
    drafts, saveDraft, removeDraft, savePhoto, photo, removePhoto, copyPhotos,
    put, list, remove, finish, flush, export: exported, missing, forget,
    get: (id) => get("outbox", id), draft: (id) => get("drafts", id),
    sent: () => all("sent").catch(() => []),
    onchange: (listener) => listeners.add(listener),
  };
})();
