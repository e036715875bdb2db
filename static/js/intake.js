// The form of a need as a walk: one question at a time in one document, kept as a draft while it is typed, put into the
// outbox when it is sent. Without this file the same page is a plain form.
"use strict";

self.intake = (() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = $("[data-wizard]");
  const words = JSON.parse($("#intake-words").textContent);
  const say = (key, values = {}) => Object.entries(values).reduce((text, [k, v]) => text.replaceAll(`{${k}}`, v), words[key]);
  const lang = document.documentElement.lang;
  document.documentElement.classList.add("has-script");

  const LONG = { problem: 4000, cause: 2000, wish: 2000, do_ourselves: 2000, do_together: 2000, ask_for: 2000, place_note: 200, behalf_name: 120, product: 80, area_code_query: 120 };
  const MOST_PHOTOS = 5;
  const MOST_PLACES = 8;
  const TYPED = "typed"; // a name that is on no list of this phone
  const calendar = lang === "th" ? "th-TH-u-ca-buddhist-nu-latn" : "en-GB";
  const day = (value) => new Intl.DateTimeFormat(calendar, { day: "numeric", month: "short", year: "numeric" }).format(new Date(value));
  const clock = (value) => new Intl.DateTimeFormat(calendar, { hour: "2-digit", minute: "2-digit" }).format(new Date(value));
  const arabic = (text) => text.replace(/[๐-๙]/g, (digit) => digit.charCodeAt(0) - 0x0e50);

  const session = (() => {
    try {
      return self.sessionStorage;
    } catch {
      return {};
    }
  })();

  let who = null;
  let known = null; // what /api/intake last said
  let draft = null; // written down from the first keystroke on
  let consultation = new URLSearchParams(location.search).get("consultation");
  let isDirty = false;
  let photosReady = Promise.resolve();

  // Steps

  const sections = $$("[data-step]");
  const steps = () => sections.map((section) => section.dataset.step).filter((name) => name !== "done" && (name !== "consultation" || asksRound()));
  const askedRound = () => (!known || known.rounds.some((one) => String(one.id) === consultation) ? consultation : null);
  const asksRound = () => known?.rounds.length > 1 && !askedRound();
  const section = (name) => sections.find((one) => one.dataset.step === name);
  let current = "problem";
  let compared = ""; // what similar needs were last asked about
  let isChanging = false; // came from the answers, goes back to them

  const show = (name, { focus = true } = {}) => {
    if (name !== "done" && !steps().includes(name)) name = "problem";
    current = name;
    for (const one of sections) {
      one.hidden = one.dataset.step !== name;
      one.toggleAttribute("data-current", one.dataset.step === name);
    }
    const questions = steps().filter((one) => one !== "check");
    const at = questions.indexOf(name) + 1;
    $("[data-progress]").hidden = name === "done";
    $("[data-back]").hidden = name === "problem";
    $("[data-count]").textContent = at ? say("count", { n: at, total: questions.length }) : "";
    $("[data-progress] progress").max = questions.length;
    $("[data-progress] progress").value = at || questions.length;
    document.body.dataset.at = name;
    if (name === "check") check();
    if (name === "done") receipt();
    $("#drafts").dataset.away = name !== "problem" && name !== "done";
    if (!focus) return;
    scrollTo(0, 0);
    $("h2[tabindex]", section(name)).focus({ preventScroll: true });
  };

  const go = (name, { replace = false } = {}) => {
    history[replace ? "replaceState" : "pushState"]({ step: name }, "", `${location.pathname}#${name}`);
    show(name);
    if (draft && name !== "done") {
      draft.step = name;
      autosave(true);
    }
  };
  addEventListener("popstate", () => {
    const name = location.hash.slice(1) || "problem";
    isChanging = false;
    // What was sent is not opened again by going back: a new, empty form is.
    if (!draft && name !== "done" && name !== "problem") return go("problem", { replace: true });
    show(name);
  });

  // Answers: as typed in a draft, as the system reads them in the outbox

  const NAMES = [
    "problem", "area_code", "area_code_query", "place_note", "households", "are_households_sure", "urgency", "wish", "cause",
    "category", "behalf_of", "behalf_name", "do_ourselves", "do_together", "ask_for", "product", "value_chain_stage",
    "gathered_by", "assembly_on", "attendance", "joins", "consultation",
  ];
  const read = () => {
    const posted = new FormData(form);
    const typed = Object.fromEntries(NAMES.map((name) => [name, String(posted.get(name) ?? "")]));
    if (typed.area_code && typed.area_code !== TYPED) typed.area_name = $("[name=area_code]:checked", form)?.dataset.name ?? "";
    typed.joins ||= draft?.answers.joins ?? ""; // chosen while there was a network
    return { ...typed, location: draft?.answers.location ?? null };
  };
  const isEmpty = (typed) => !["problem", "wish", "place_note", "households", "cause", "behalf_name", "do_ourselves", "do_together", "ask_for", "product", "assembly_on", "attendance"].some((name) => typed[name]?.trim());

  const number = (text) => {
    const digits = arabic(text).replace(/[\s,]/g, "");
    return /^\d+$/.test(digits) && Number(digits) >= 1 && Number(digits) <= 1_000_000 ? Number(digits) : null;
  };
  // 5/11/2569, ๕-๑๑-๒๕๖๙ or 2026-11-05, in either era, as yyyy-mm-dd; null when it is no day.
  const date = (text) => {
    const parts = arabic(text.trim()).split(/[-/. ]+/).map(Number);
    if (parts.length !== 3 || parts.some((part) => !Number.isInteger(part))) return null;
    let [year, month, dayOfMonth] = parts[0] > 31 ? parts : [parts[2], parts[1], parts[0]];
    if (year >= 2400) year -= 543;
    const made = new Date(Date.UTC(year, month - 1, dayOfMonth));
    if (year < 1900 || made.getUTCMonth() !== month - 1 || made.getUTCDate() !== dayOfMonth) return null;
    return made.toISOString().slice(0, 10);
  };
  const typedDay = (iso) => {
    const [year, month, dayOfMonth] = iso.split("-").map(Number);
    return `${dayOfMonth}/${month}/${year + 543}`;
  };

  const compose = (typed) => ({
    consultation: Number(typed.consultation || askedRound() || known?.rounds[0]?.id) || null,
    problem: typed.problem.trim(),
    cause: typed.cause.trim(),
    wish: typed.wish.trim(),
    category: typed.category || null,
    area_code: typed.area_code === TYPED ? null : typed.area_code || null,
    area_code_query: typed.area_code === TYPED ? typed.area_code_query.trim() : "",
    place_note: typed.place_note.trim(),
    behalf_of: typed.behalf_of || "village",
    behalf_name: typed.behalf_name.trim(),
    households: typed.households.trim() ? number(typed.households) : null,
    are_households_sure: Boolean(typed.are_households_sure),
    urgency: typed.urgency || "normal",
    product: typed.product.trim(),
    value_chain_stage: typed.value_chain_stage || "none",
    do_ourselves: typed.do_ourselves.trim(),
    do_together: typed.do_together.trim(),
    ask_for: typed.ask_for.trim(),
    gathered_by: typed.gathered_by || "own_knowledge",
    assembly_on: typed.assembly_on.trim() ? date(typed.assembly_on) : null,
    attendance: typed.attendance.trim() ? number(typed.attendance) : null,
    joins: typed.joins || null,
    location: typed.location,
  });

  // The same checks as the system makes, so that what is sent later is not refused later.
  const problems = (typed) => {
    const found = {};
    if (!typed.problem.trim()) found.problem = say("need_problem");
    if (!typed.area_code) found.area_code = say("need_place");
    if (typed.households.trim() && number(typed.households) === null) found.households = say("not_number");
    if (typed.attendance.trim() && number(typed.attendance) === null) found.attendance = say("not_number");
    if (typed.assembly_on.trim()) {
      const iso = date(typed.assembly_on);
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
      if (!iso) found.assembly_on = say("not_day");
      else if (iso > tomorrow) found.assembly_on = say("future_day"); // the system knows the day better than this clock
    }
    if (asksRound() && !typed.consultation) found.consultation = say("need_round");
    for (const [name, most] of Object.entries(LONG)) {
      if ((typed[name] ?? "").trim().length > most) found[name] = say("too_long", { most: most.toLocaleString() });
    }
    return found;
  };
  const stepOf = (name) => document.getElementById(`f-${name}`)?.closest("[data-step]")?.dataset.step ?? "problem";

  const showErrors = (errors) => {
    for (const one of $$(".field-error", form)) one.remove();
    for (const one of $$("[aria-invalid]", form)) one.removeAttribute("aria-invalid");
    for (const one of $$(".field-invalid", form)) one.classList.remove("field-invalid");
    for (const one of $$("[data-errors]", form)) one.hidden = true;
    document.title = document.title.replace(`${say("error")} `, "");
    for (const [name, message] of Object.entries(errors)) {
      const control = document.getElementById(`f-${name}`);
      const summary = $("[data-errors]", section(stepOf(name)));
      if (!control || !summary) continue;
      if (name === "are_households_sure") $("[data-sure]").hidden = false;
      if (summary.hidden) $("ul", summary).replaceChildren();
      summary.hidden = false;
      const link = Object.assign(document.createElement("a"), { href: `#f-${name}`, textContent: message });
      const line = document.createElement("li");
      line.append(link);
      $("ul", summary).append(line);
      const beside = Object.assign(document.createElement("p"), { className: "error field-error", id: `f-${name}-error`, textContent: message });
      control.closest(".field").classList.add("field-invalid");
      control.closest("details")?.setAttribute("open", "");
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", `f-${name}-error`);
      (control.closest(".affix, .control, .choice") ?? control).before(beside);
    }
    const here = $("[data-errors]:not([hidden])", section(current));
    if (here) {
      document.title = `${say("error")} ${document.title}`;
      scrollTo(0, 0);
      here.focus({ preventScroll: true });
    }
    return Boolean(here);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-errors] a");
    if (!link) return;
    event.preventDefault();
    document.getElementById(link.hash.slice(1)).focus();
  });

  // Drafts: from the first keystroke, at most once a second, and when the page is left

  let held = null; // lets go of the lock that says this draft is open here
  const hold = async (id) => {
    if (!navigator.locks) return true;
    const patience = AbortSignal.timeout ? { signal: AbortSignal.timeout(800) } : { ifAvailable: true };
    return new Promise((resolve) => {
      navigator.locks
        .request(`draft:${id}`, patience, (lock) => {
          resolve(Boolean(lock));
          if (!lock) return undefined;
          return new Promise((release) => (held = release));
        })
        .catch(() => resolve(false));
    });
  };
  let isSettled = false; // who is signed in was asked since this page was opened
  let isEarly = false; // begun before that: the draft belongs to whoever that turns out to be
  const begin = () => {
    draft = {
      uuid: outbox.uuid(), schema_version: outbox.SCHEMA_VERSION, author_id: who?.id || null, author_name: who?.name ?? "",
      started_at: outbox.stamp(), answers: { location: null }, photos: [], step: current, replaces: null,
    };
    isEarly = !isSettled;
    session.draft = draft.uuid;
    hold(draft.uuid);
  };

  let timer = 0;
  let saving = Promise.resolve();
  const write = () => {
    clearTimeout(timer);
    timer = 0;
    if (!draft || !isDirty) return saving;
    isDirty = false;
    draft.answers = read();
    const copy = { ...draft };
    saving = saving.then(async () => {
      if (draft?.uuid !== copy.uuid) return; // sent or thrown away meanwhile
      try {
        await outbox.saveDraft(copy);
        $("[data-saved]").textContent = say("saved", { time: clock(Date.now()) });
      } catch {
        isDirty = true;
        $("[data-saved]").textContent = say("unsaved");
      }
    });
    return saving;
  };
  const autosave = (isNow = false) => {
    isDirty = true;
    if (isNow) return write();
    timer ||= setTimeout(write, 1000);
    return saving;
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    if (!draft) {
      begin();
      autosave(true);
    } else autosave();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && write());
  addEventListener("pagehide", write);

  const clear = () => {
    held?.();
    held = null;
    draft = null;
    isDirty = false;
    delete session.draft;
    form.reset();
    compared = "";
    $("[data-similar]").replaceChildren();
    showErrors({});
    $("[data-sure]").hidden = true;
    $("[data-saved]").textContent = "";
    $("[data-notice]").hidden = true;
    located();
    drawPhotos();
    remembered();
  };

  const fill = (typed) => {
    form.reset();
    drawPlaces(typed.area_code === TYPED ? typed.area_code_query : "", typed);
    for (const [name, value] of Object.entries(typed)) {
      const controls = $$(`[name="${name}"]`, form);
      for (const control of controls) {
        if (control.type === "radio" || control.type === "checkbox") control.checked = control.value === String(value) || (control.type === "checkbox" && Boolean(value));
        else if (control.type !== "file") control.value = value ?? "";
      }
    }
    if (typed.area_code !== TYPED) $("#f-area_code").value = "";
    if (typed.are_households_sure) $("[data-sure]").hidden = false;
  };

  const isMine = (one) => !one.author_id || !who || one.author_id === who.id;

  const resume = async (id) => {
    const found = await outbox.draft(id).catch(() => null);
    if (!found || found.deleted_at || !isMine(found)) return false;
    if (draft?.uuid === id) return true;
    if (!(await hold(id))) {
      notice(say("other_tab"));
      return false;
    }
    await write();
    draft = found;
    isEarly = false;
    session.draft = id;
    fill(found.answers);
    located();
    await drawPhotos();
    return true;
  };

  // A refused item is mended as a new one that takes its place; the old one stays until that is in the outbox.
  const mend = async (id) => {
    const item = (await outbox.list()).find((one) => one.uuid === id);
    if (!item || !isMine(item)) return false;
    const begun = (await outbox.drafts()).find((one) => one.replaces === id && !one.deleted_at);
    if (begun && (await resume(begun.uuid))) {
      go(begun.step && begun.step !== "check" ? begun.step : "problem", { replace: true });
    } else {
      begin();
      const { answers } = item;
      const text = (value) => (value === null || value === undefined || value === false ? "" : String(value));
      const typed = Object.fromEntries(Object.entries(answers).map(([name, value]) => [name, name === "location" ? value : text(value)]));
      if (!known?.rounds.some((one) => one.id === answers.consultation)) typed.consultation = ""; // closed meanwhile
      if (answers.assembly_on) typed.assembly_on = typedDay(answers.assembly_on);
      if (!typed.area_code && typed.area_code_query) typed.area_code = TYPED;
      Object.assign(draft, { replaces: id, answers: typed, photos: [...item.photos] });
      await outbox.copyPhotos(id, draft.uuid, item.photos).catch(() => {});
      fill(typed);
      await drawPhotos();
      await autosave(true);
    }
    notice([say("mending"), item.error].filter(Boolean).join(" "));
    const [first] = Object.keys(item.errors ?? {}).filter((name) => document.getElementById(`f-${name}`));
    go(first ? stepOf(first) : "check", { replace: true });
    if (first) showErrors(item.errors);
    return true;
  };

  const drawDrafts = async () => {
    const mine = (await outbox.drafts()).filter((one) => one.uuid !== draft?.uuid && !one.deleted_at);
    const others = mine.filter((one) => !isMine(one));
    const cards = mine.filter(isMine).map((one) => {
      const card = $("#draft-item").content.firstElementChild.cloneNode(true);
      card.dataset.uuid = one.uuid;
      waiting.quote($("[data-title]", card), outbox.title(one.answers.problem) || say("untitled"));
      $("[data-when]", card).textContent = say("draft_at", { time: `${day(one.saved_at)} ${clock(one.saved_at)}` });
      return card;
    });
    if (others.length) cards.push(Object.assign(document.createElement("li"), { className: "soft", textContent: say("others", { n: others.length }) }));
    $("[data-drafts]").replaceChildren(...cards);
    $("#drafts").hidden = !cards.length && $("[data-undo]").hidden;
  };
  let deleted = null;
  $("#drafts").addEventListener("click", async (event) => {
    const id = event.target.closest("[data-uuid]")?.dataset.uuid;
    if (event.target.closest("[data-open]") && (await resume(id))) go(draft.step ?? "problem");
    if (event.target.closest("[data-delete]")) {
      deleted = await outbox.draft(id);
      await outbox.saveDraft({ ...deleted, deleted_at: outbox.stamp() });
      $("[data-undo]").hidden = false;
      $("[data-undo-now]").focus();
    }
    if (event.target.closest("[data-undo-now]")) {
      await outbox.saveDraft(deleted);
      $("[data-undo]").hidden = true;
      $("#drafts-title").focus();
    }
    drawDrafts();
  });
  // What was deleted yesterday is deleted.
  const purge = async () => {
    for (const one of await outbox.drafts()) if (one.deleted_at && Date.now() - Date.parse(one.deleted_at) > 86_400_000) await outbox.removeDraft(one.uuid);
  };

  // Places: found without a network among those near the writer, and among all of them with one

  // Written as on the server: ต.ไชโย อ.ไชโย จ.อ่างทอง
  const full = (area, areas) => {
    const name = words[area.kind] ? say(area.kind, { name: area.name }) : area.name;
    const around = areas.get(area.parent);
    return around ? `${name}${lang === "th" ? " " : ", "}${full(around, areas)}` : name;
  };
  const option = (code, name, isChecked) => {
    const label = Object.assign(document.createElement("label"), { className: "choice" });
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "area_code", value: code, checked: isChecked });
    radio.dataset.name = name;
    label.append(radio, Object.assign(document.createElement("span"), { textContent: name }));
    return label;
  };
  const drawPlaces = (query, chosen = {}) => {
    const wanted = query.toLowerCase().split(/\s+/).map((word) => word.replace(/^(จังหวัด|อำเภอ|ตำบล|จ\.|อ\.|ต\.)(?=.)/, "")).filter(Boolean);
    const areas = new Map((known?.areas ?? []).map((area) => [area.code, area]));
    const own = known?.user.area_code;
    const usual = chosen.area_code || own || known?.remembered?.area_code;
    const places = new Map();
    const add = (area) => places.set(area.code, full(area, areas));
    if (wanted.length) {
      const fits = [...areas.values()].filter((area) => wanted.every((word) => full(area, areas).toLowerCase().includes(word)));
      const begins = (area) => area.name.toLowerCase().startsWith(wanted[0]);
      for (const area of [...fits.filter(begins), ...fits.filter((area) => !begins(area))].slice(0, MOST_PLACES)) add(area);
    } else if (usual) {
      if (chosen.area_code) places.set(chosen.area_code, chosen.area_name || chosen.area_code);
      if (own && !areas.has(own)) places.set(own, known.user.area_name);
      for (const code of [own, known?.remembered?.area_code]) if (areas.has(code)) add(areas.get(code));
      for (const area of areas.values()) if (area.parent === own && places.size < 6) add(area);
    }
    const options = [...places].map(([code, name]) => option(code, name, !wanted.length && code === usual));
    if (wanted.length) options.push(option(TYPED, say("as_typed", { name: query.trim() }), chosen.area_code === TYPED || !places.size));
    $("[data-places]").replaceChildren(...options);
    $("[data-places-count]").textContent = wanted.length ? say("places_found", { n: places.size }) : "";
  };
  let searching = 0;
  $("#f-area_code").addEventListener("input", (event) => {
    const query = event.target.value;
    drawPlaces(query);
    clearTimeout(searching);
    if (!query.trim() || !navigator.onLine) return;
    searching = setTimeout(async () => {
      const within = known?.rounds?.[0]?.cluster_code ?? "";
      const reply = await fetch(`/areas/search?${new URLSearchParams({ q: query, within })}`, { headers: { accept: "application/json" } }).catch(() => null);
      const found = await reply?.json().catch(() => null);
      if (!Array.isArray(found) || $("#f-area_code").value !== query) return;
      const shown = new Set($$("[name=area_code]", form).map((radio) => radio.value));
      const fresh = found.filter((area) => !shown.has(area.code)).slice(0, Math.max(0, MOST_PLACES - shown.size + 1));
      if (fresh.length && shown.size === 1) $("[data-places] input").checked = false; // it is on a list after all
      $("[data-places] > :last-child")?.before(...fresh.map((area) => option(area.code, area.name, false)));
      $("[data-places-count]").textContent = say("places_found", { n: $$("[name=area_code]", form).length - 1 });
    }, 250);
  });

  const located = (message) => {
    const spot = draft?.answers.location;
    $("[data-located]").textContent = message ?? (spot ? say("located", { n: spot.accuracy_m }) : words.locate_hint);
    $("[data-unlocate]").hidden = !spot;
  };
  words.locate_hint = $("[data-located]").textContent;
  $("[data-locate]").hidden = !navigator.geolocation;
  $("[data-locate]").addEventListener("click", () => {
    located(say("locating"));
    const done = ({ coords }) => {
      if (!draft) begin();
      const rough = (degrees) => Math.round(degrees * 1000) / 1000; // about a hundred metres
      draft.answers.location = { lat: rough(coords.latitude), lng: rough(coords.longitude), accuracy_m: Math.max(100, Math.round(coords.accuracy)) };
      located();
      autosave(true);
    };
    navigator.geolocation.getCurrentPosition(done, (error) => located(say(`locate_${error.code}`)), { timeout: 10_000, maximumAge: 300_000 });
  });
  $("[data-unlocate]").addEventListener("click", () => {
    draft.answers.location = null;
    located();
    autosave(true);
    $("[data-locate]").focus();
  });

  // Photos: made small here, kept beside the draft; with little room left, smaller

  let pictures = [];
  const drawPhotos = async () => {
    for (const url of pictures) URL.revokeObjectURL(url);
    pictures = [];
    const items = [];
    for (const [index, sha256] of (draft?.photos ?? []).entries()) {
      const found = await outbox.photo(draft.uuid, sha256).catch(() => null);
      if (!found) continue;
      const url = URL.createObjectURL(new Blob([found.bytes], { type: found.type }));
      pictures.push(url);
      const item = document.createElement("li");
      const n = index + 1;
      const size = say("photo_size", { n, kb: Math.ceil(found.bytes.byteLength / 1024) });
      const remove = Object.assign(document.createElement("button"), { type: "button", className: "button button-quiet", textContent: say("photo_remove", { n }) });
      remove.dataset.remove = sha256;
      item.append(Object.assign(document.createElement("img"), { src: url, alt: size }), remove);
      items.push(item);
    }
    $("[data-photos]").replaceChildren(...items);
  };
  const addPhotos = async (files) => {
    let message = "";
    for (const file of files) {
      if (draft.photos.length >= MOST_PHOTOS) {
        message = say("photo_most");
        break;
      }
      let sha256 = null;
      for await (const small of photos.sizes(file)) {
        try {
          sha256 = await outbox.savePhoto(draft.uuid, small);
          break;
        } catch (error) {
          if (!outbox.isFull(error)) throw error;
        }
      }
      if (!sha256) message = say("photo_full");
      else if (!draft.photos.includes(sha256)) draft.photos = [...draft.photos, sha256];
      await autosave(true);
    }
    await drawPhotos();
    $("[data-photo-note]").textContent = message || say("photo_kept", { n: draft.photos.length });
  };
  $("#f-photos").addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    if (!files.length) return;
    if (!draft) begin();
    $("[data-photo-note]").textContent = say("shrinking");
    photosReady = photosReady.then(() => addPhotos(files)).catch(() => ($("[data-photo-note]").textContent = say("photo_full")));
  });
  $("[data-photos]").addEventListener("click", async (event) => {
    const sha256 = event.target.closest("[data-remove]")?.dataset.remove;
    if (!sha256) return;
    draft.photos = draft.photos.filter((one) => one !== sha256);
    await autosave(true);
    await outbox.removePhoto(draft.uuid, sha256).catch(() => {});
    await drawPhotos();
    $("[data-photo-note]").textContent = say("photo_kept", { n: draft.photos.length });
    $("#f-photos").focus();
  });

  // Check your answers

  const chosenText = (name) => {
    const control = $(`[name="${name}"]:checked`, form) ?? $(`select[name="${name}"]`, form);
    return control?.options ? control.options[control.selectedIndex].textContent.trim() : control?.closest("label").textContent.trim() ?? "";
  };
  const labelOf = (name) => {
    const label = $(`label[for="f-${name}"]`, form)?.cloneNode(true);
    label?.querySelector(".optional")?.remove();
    return label?.textContent.trim() ?? "";
  };
  const question = (name) => {
    const heading = $("h2[tabindex]", section(name)).cloneNode(true);
    heading.querySelector(".optional")?.remove();
    return heading.textContent.trim();
  };
  const check = () => {
    const typed = read();
    const place = typed.area_code === TYPED ? typed.area_code_query : typed.area_name;
    const rows = [
      ["problem", question("problem"), typed.problem],
      ["place", question("place"), [place, typed.place_note].filter(Boolean).join("\n")],
      ["households", question("households"), typed.households && say("households", { count: typed.households })],
      ["urgency", question("urgency"), chosenText("urgency")],
      ["wish", question("wish"), typed.wish],
      ["photos", question("photos"), draft?.photos.length ? say("photos", { count: draft.photos.length }) : ""],
    ];
    const extras = ["cause", "behalf_name", "do_ourselves", "do_together", "ask_for", "product", "assembly_on", "attendance"];
    const told = extras.filter((name) => typed[name]).map((name) => `${labelOf(name)}: ${typed[name]}`);
    for (const [name, usual] of [["category", ""], ["behalf_of", "village"], ["value_chain_stage", "none"], ["gathered_by", "own_knowledge"]])
      if (typed[name] && typed[name] !== usual) told.push(`${labelOf(name)}: ${chosenText(name)}`);
    rows.push(["more", question("more"), told.join("\n")]);
    if (asksRound()) rows.push(["consultation", question("consultation"), chosenText("consultation")]);
    const lines = rows.map(([name, term, value]) => {
      const line = document.createElement("div");
      const answer = waiting.quote(document.createElement("dd"), value || say("none"));
      answer.className = value ? "pre-line" : "soft";
      const change = Object.assign(document.createElement("button"), { type: "button", className: "button button-quiet", textContent: say("change") });
      change.dataset.change = name;
      change.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${term}` }));
      const act = document.createElement("dd");
      act.append(change);
      line.append(Object.assign(document.createElement("dt"), { textContent: term }), answer, act);
      return line;
    });
    $("[data-answers]").replaceChildren(...lines);
    $("[data-failed]").hidden = true;
    similar(typed);
  };
  $("[data-answers]").addEventListener("click", (event) => {
    const name = event.target.closest("[data-change]")?.dataset.change;
    if (!name) return;
    go(name);
    isChanging = true;
  });

  // Needs like this one nearby, when there is a network: to join one is an answer too.
  const similar = async (typed) => {
    const { problem, area_code, consultation: id } = compose(typed);
    const asked = { problem: problem.slice(0, 1000), area_code: area_code ?? "", consultation: id ?? "", joins: typed.joins };
    const query = new URLSearchParams(asked).toString();
    if (!navigator.onLine || query === compared || !problem) return;
    compared = query;
    const reply = await fetch(`/needs/similar?${query}`, { headers: { "hx-request": "true" }, redirect: "manual", cache: "no-store" }).catch(() => null);
    const isFragment = reply?.ok && reply.headers.get("content-type")?.startsWith("text/html");
    const html = isFragment ? await reply.text() : "";
    if (compared === query) $("[data-similar]").innerHTML = html.includes("<html") ? "" : html;
  };

  // Sending: into the outbox, then on its way

  let isSending = false;
  const send = async () => {
    if (isSending || !draft) return;
    isSending = true;
    try {
      await photosReady;
      await write();
      const typed = read();
      const item = {
        uuid: draft.uuid, schema_version: draft.schema_version, author_id: draft.author_id || who?.id || null,
        author_name: draft.author_name || who?.name || "", answers: compose(typed), photos: draft.photos, replaces: draft.replaces,
      };
      await outbox.put(item);
      session.sent = item.uuid;
      clear();
      go("done", { replace: true });
      outbox.flush({ only: item.uuid });
    } catch {
      $("[data-failed]").textContent = say("failed");
      $("[data-failed]").hidden = false;
    } finally {
      isSending = false;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = read();
    const errors = problems(typed);
    if (current === "check") {
      const [first] = Object.keys(errors);
      if (!first) return send();
      go(stepOf(first));
      isChanging = true;
      showErrors(errors);
      return;
    }
    if (event.submitter?.matches("[data-skip]")) for (const control of $$("input, textarea", section(current))) if (!["file", "radio", "checkbox"].includes(control.type)) control.value = "";
    const here = Object.fromEntries(Object.entries(problems(read())).filter(([name]) => stepOf(name) === current));
    if (showErrors(here)) return;
    if (!draft) begin();
    const list = steps();
    const next = isChanging ? "check" : list[list.indexOf(current) + 1];
    isChanging = false;
    go(next);
  });
  $("[data-back]").addEventListener("click", () => {
    const list = steps();
    go(isChanging ? "check" : list[Math.max(0, list.indexOf(current) - 1)]);
    isChanging = false;
  });

  // The receipt: what is here, then what has arrived

  const receipt = async () => {
    const id = session.sent;
    const item = (await outbox.list()).find((one) => one.uuid === id);
    const sent = (await outbox.sent()).find((one) => one.uuid === id);
    const ref = sent?.ref ?? item?.ref;
    if (item) {
      waiting.quote($("[data-done-words]"), item.answers.problem);
      $("[data-done-meta]").textContent = say("written_at", { time: `${day(item.captured_at)} ${clock(item.captured_at)}`, name: item.author_name || "–" });
    } else if (sent && !$("[data-done-words]").textContent) waiting.quote($("[data-done-words]"), sent.title);
    const waits = item && { needs_login: "kept_login", needs_fix: "kept_mend", conflict: "kept_mend", other_user: "kept_login" }[item.state];
    const lead = ref ? (item ? "arrived_photos" : "arrived_lead") : waits ?? (navigator.onLine && item?.error !== "offline" ? "kept_lead" : "kept_offline");
    $("[data-done-title]").textContent = say(ref ? "arrived_title" : "kept_title");
    $("[data-done-lead]").textContent = say(lead);
    $("[data-done-ref]").hidden = !ref;
    $("[data-receipt]").hidden = !ref;
    $("[data-print]").hidden = !ref;
    if (!ref) return;
    const digits = say("digits").split(" ");
    const spoken = [...ref].map((digit) => digits[digit]);
    $("[data-ref]").textContent = `${ref.slice(0, 4)}-${ref.slice(4)}`;
    $("[data-spelled]").textContent = say("spelled", { words: `${spoken.slice(0, 4).join(" ")} – ${spoken.slice(4).join(" ")}` });
    $("[data-receipt]").href = sent?.receipt ?? item.receipt ?? `/needs/${ref}/receipt`;
    offerInstall();
  };
  $("[data-again]").addEventListener("click", () => {
    delete session.sent;
    $("[data-done-words]").textContent = "";
    go("problem");
    drawDrafts();
  });
  $("[data-print]").addEventListener("click", () => print());

  let prompt = null;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event;
  });
  const offerInstall = () => {
    const isInstalled = matchMedia("(display-mode: standalone)").matches || navigator.standalone;
    const isApple = /iPhone|iPad/.test(navigator.userAgent);
    if (isInstalled || (!prompt && !isApple)) return;
    $("[data-install-hint]").textContent = say(prompt ? "install" : "install_ios");
    $("[data-install-now]").hidden = !prompt;
    $("[data-install]").hidden = false;
  };
  $("[data-install-now]").addEventListener("click", async () => {
    await prompt.prompt();
    $("[data-install]").hidden = true;
  });

  // Who writes, for which round, and what is remembered

  const notice = (text) => {
    $("[data-notice-text]").textContent = text;
    $("[data-notice]").hidden = !text;
  };
  const remembered = () => {
    drawPlaces("");
    const households = known?.remembered?.households;
    if (households && !draft) $("#f-households").value = String(households);
  };
  const learn = async () => {
    const [before, rounds] = [who?.id, JSON.stringify(known?.rounds)];
    const isAsked = outbox.hasAsked();
    who = (await outbox.me()) ?? who; // nothing only when the storage was wiped: what this page knows it still knows
    known = (await outbox.intake()) ?? known;
    $("[data-who]").textContent = who?.id ? say(who.signed_in ? "who" : "who_away", { name: who.name }) : "";
    if (known && who && known.user.id !== who.id) known = { ...known, user: who };
    if (draft && !isMine(draft)) {
      if (!isEarly) clear(); // another person signed in: what the first one writes is not theirs to see
      else {
        Object.assign(draft, { author_id: who.id, author_name: who.name, answers: { ...read(), area_code: "", area_name: "" } });
        autosave();
      }
    }
    isSettled ||= isAsked;
    if (isSettled) isEarly = false;
    if (draft && draft.author_id === null && who) Object.assign(draft, { author_id: who.id, author_name: who.name });
    if (JSON.stringify(known?.rounds) !== rounds) {
      const [only] = known?.rounds ?? [];
      const chosen = known.rounds.find((one) => String(one.id) === consultation) ?? (known.rounds.length === 1 ? only : null);
      $("[data-round]").hidden = !chosen;
      if (chosen) $("[data-round]").textContent = say("round", { title: chosen.title, day: day(chosen.closes_on) });
      const options = known.rounds.map((one) => {
        const label = option(one.id, say("round", { title: one.title, day: day(one.closes_on) }), String(one.id) === draft?.answers.consultation);
        label.firstChild.name = "consultation";
        return label;
      });
      $("[data-rounds]").replaceChildren(...options);
      if (current !== "done") show(current, { focus: false });
    }
    if (who?.id !== before || !draft) if (!$("#f-area_code").value) drawPlaces("", draft?.answers);
    if (!draft && who?.id !== before) remembered();
    if (!draft && current === "problem") notice(!who?.id ? (isSettled ? say("sign_in") : "") : known?.rounds.length === 0 ? say("no_round") : "");
  };

  const query = new URLSearchParams(location.search);
  if (query.has("lang")) document.cookie = `lang=${lang}; path=/; max-age=31536000; samesite=lax`;
  $("#language").addEventListener("click", async (event) => {
    event.preventDefault();
    await write();
    location.assign(`${event.currentTarget.pathname}${event.currentTarget.search}${location.hash}`);
  });

  const start = async () => {
    await learn().catch(() => {});
    const asked = location.hash.slice(1);
    const wanted = query.get("mend");
    const isMending = Boolean(wanted) && (await mend(wanted).catch(() => false));
    history.replaceState(history.state, "", location.pathname + location.hash);
    if (asked === "done" && session.sent) show("done");
    else if (!isMending && session.draft && (await resume(session.draft))) show(asked || draft.step || "problem", { focus: false });
    else if (!isMending) go("problem", { replace: true });
    await drawDrafts();
    await purge();
    outbox.onchange(() => {
      learn().catch(() => {});
      if (current === "done") receipt();
      drawDrafts();
    });
    await learn().catch(() => {}); // what was said meanwhile
  };
  show(current, { focus: false });
  const ready = start().catch(() => {});

  return { ready, isDirty: () => Boolean(draft && (isDirty || !isEmpty(read()))) };
})();
