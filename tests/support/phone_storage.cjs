// An IndexedDB of one phone, for the soak: only what outbox.js asks of it, in a file that outlives a kill -9.
// Every transaction that commits is one record at the end of the file; a torn last record never happened.
"use strict";

const fs = require("node:fs");
const v8 = require("node:v8");

const order = (key) => (Array.isArray(key) ? key.map(order).join("\u0000") : `${typeof key}:${key}`);
const tick = () => new Promise((done) => setImmediate(done));

class Events extends EventTarget {
  fire(type, fields = {}) {
    const event = Object.assign(new Event(type, { cancelable: true }), fields);
    this[`on${type}`]?.call(this, event);
    this.dispatchEvent(event);
  }
}

class Names extends Array {
  contains(name) {
    return this.includes(name);
  }
}

class KeyRange {
  constructor(lower, upper) {
    Object.assign(this, { lower, upper });
  }
  includes(key) {
    const at = order(key);
    return (this.lower === undefined || at >= order(this.lower)) && (this.upper === undefined || at <= order(this.upper));
  }
  static bound = (lower, upper) => new KeyRange(lower, upper);
  static only = (key) => new KeyRange(key, key);
  static lowerBound = (lower) => new KeyRange(lower, undefined);
  static upperBound = (upper) => new KeyRange(undefined, upper);
}

// The file

class Disk {
  constructor(path) {
    this.path = path;
    this.version = 0;
    this.stores = new Map(); // name → { keyPath, rows: Map(order → { key, value }) }
    this.turn = Promise.resolve();
    let whole = 0;
    const bytes = fs.existsSync(path) ? fs.readFileSync(path) : Buffer.alloc(0);
    while (whole + 4 <= bytes.length) {
      const end = whole + 4 + bytes.readUInt32LE(whole);
      if (end > bytes.length) break;
      this.apply(v8.deserialize(bytes.subarray(whole + 4, end)));
      whole = end;
    }
    this.file = fs.openSync(path, fs.existsSync(path) ? "r+" : "w");
    fs.ftruncateSync(this.file, whole);
    this.end = whole;
  }

  commit(changes) {
    if (!changes.length) return;
    const record = v8.serialize(changes);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(record.length);
    this.end += fs.writeSync(this.file, Buffer.concat([head, record]), 0, record.length + 4, this.end);
    this.apply(changes);
  }

  apply(changes) {
    for (const [act, name, key, value] of changes) {
      if (act === "version") this.version = name;
      else if (act === "store") this.stores.set(name, { keyPath: key, rows: new Map() });
      else if (act === "put") this.stores.get(name).rows.set(order(key), { key, value });
      else if (act === "delete") this.stores.get(name).rows.delete(order(key));
    }
  }
}

// What a page sees

class Transaction extends Events {
  constructor(db, names, mode) {
    super();
    Object.assign(this, { db, mode, error: null, waiting: [], changes: [], seen: new Map() });
    this.objectStoreNames = new Names(...[names].flat());
  }
  objectStore(name) {
    if (!this.db.disk.stores.has(name)) throw new DOMException(name, "NotFoundError");
    return new Store(this, name);
  }
  abort() {
    this.aborted = true;
  }
  commit() {}
  rows(name) {
    if (!this.seen.has(name)) this.seen.set(name, new Map(this.db.disk.stores.get(name).rows));
    return this.seen.get(name);
  }
  ask(work) {
    if (this.done) throw new DOMException("the transaction is over", "TransactionInactiveError");
    const request = Object.assign(new Events(), { transaction: this, result: undefined, error: null });
    this.waiting.push([request, work]);
    return request;
  }
  async run() {
    await tick(); // whoever asked for the transaction says first what it is for
    while (this.waiting.length && !this.aborted) {
      const [request, work] = this.waiting.shift();
      try {
        request.result = work();
        request.fire("success");
      } catch (error) {
        request.error = this.error = error;
        request.fire("error");
        this.aborted = true;
      }
      await tick(); // promises that waited for it may ask for more
    }
    this.done = true;
    if (this.aborted) return this.fire("abort");
    this.db.disk.commit(this.changes);
    this.fire("complete");
  }
}

class Store {
  constructor(transaction, name) {
    Object.assign(this, { transaction, name, keyPath: transaction.db.disk.stores.get(name).keyPath });
  }
  keyOf(value, key) {
    if (!this.keyPath) return key;
    return Array.isArray(this.keyPath) ? this.keyPath.map((part) => value[part]) : value[this.keyPath];
  }
  write(value, key, fresh) {
    const copy = structuredClone(value);
    const at = this.keyOf(copy, key);
    return this.transaction.ask(() => {
      const rows = this.transaction.rows(this.name);
      if (fresh && rows.has(order(at))) throw new DOMException("there already", "ConstraintError");
      rows.set(order(at), { key: at, value: copy });
      this.transaction.changes.push(["put", this.name, at, copy]);
      return at;
    });
  }
  put = (value, key) => this.write(value, key, false);
  add = (value, key) => this.write(value, key, true);
  found(query) {
    const rows = [...this.transaction.rows(this.name)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const fits = (key) =>
      query === undefined || query === null || (query instanceof KeyRange ? query.includes(key) : order(query) === order(key));
    return rows.map(([, row]) => row).filter((row) => fits(row.key));
  }
  get = (key) => this.transaction.ask(() => structuredClone(this.found(key)[0]?.value));
  getAll = (query) => this.transaction.ask(() => this.found(query).map((row) => structuredClone(row.value)));
  getAllKeys = (query) => this.transaction.ask(() => this.found(query).map((row) => row.key));
  count = (query) => this.transaction.ask(() => this.found(query).length);
  delete = (query) =>
    this.transaction.ask(() => {
      for (const { key } of this.found(query)) {
        this.transaction.rows(this.name).delete(order(key));
        this.transaction.changes.push(["delete", this.name, key]);
      }
    });
  clear = () => this.delete();
  createIndex() {}
}

class Database extends Events {
  constructor(disk, name) {
    super();
    Object.assign(this, { disk, name, version: disk.version });
  }
  get objectStoreNames() {
    return new Names(...this.disk.stores.keys());
  }
  createObjectStore(name, { keyPath = null } = {}) {
    this.disk.commit([["store", name, keyPath]]);
    return new Store(this.upgrade, name);
  }
  transaction(names, mode = "readonly") {
    const transaction = new Transaction(this, names, mode);
    this.disk.turn = this.disk.turn.then(() => transaction.run()); // one at a time
    return transaction;
  }
  close() {}
}

const storage = (path) => {
  const disk = new Disk(path);
  return {
    open(name, version = 1) {
      const request = Object.assign(new Events(), { result: undefined, error: null });
      disk.turn = disk.turn.then(async () => {
        const db = (request.result = new Database(disk, name));
        if (version > disk.version) {
          const oldVersion = disk.version;
          request.transaction = db.upgrade = new Transaction(db, [], "versionchange");
          request.fire("upgradeneeded", { oldVersion, newVersion: version });
          await db.upgrade.run();
          disk.commit([["version", version]]);
          db.version = version;
          request.transaction = null;
        }
        request.fire("success");
        await tick();
      });
      return request;
    },
  };
};

module.exports = { storage, KeyRange };
