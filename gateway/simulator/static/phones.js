// The page with the phones: shows what the simulated carrier tells, passes on what people do.
// Whatever a person typed is only ever written with textContent.
"use strict";

const PARIS = "Europe/Paris";
const hourOf = new Intl.DateTimeFormat("fr-FR", { timeZone: PARIS, hour: "2-digit", minute: "2-digit" });
const dayOf = new Intl.DateTimeFormat("fr-FR", { timeZone: PARIS, weekday: "long", day: "numeric", month: "long" });
const momentOf = new Intl.DateTimeFormat("fr-FR", {
  timeZone: PARIS, weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit",
});

const byId = (id) => document.getElementById(id);
const phones = new Map(); // number -> {card, chip, data}
const messages = new Map(); // id -> the message as it was last told
const lines = new Map(); // id -> its <li>, once its phone is on the page
let ahead = 0; // milliseconds from this machine's clock to the demo's
let born = null;
let isFirst = true;
let newest = null; // the number of a phone that was just added

function say(text) {
  byId("news").textContent = text;
}

async function ask(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error || `Le simulateur a répondu ${answer.status}.`);
  return told;
}

const inFrench = (error) =>
  error instanceof TypeError ? "Le simulateur ne répond pas. Est-il encore lancé ?" : error.message;

function complain(error) {
  byId("trouble").textContent = inFrench(error);
  byId("trouble").hidden = false;
}

// Phones

function addPhone(data) {
  const card = byId("phone").content.firstElementChild.cloneNode(true);
  const find = (selector) => card.querySelector(selector);
  const id = `telephone-${data.id}`;
  card.id = id;
  card.dataset.line = data.line;
  card.dataset.colour = (data.id - 1) % 6;
  find("h2").id = `${id}-nom`;
  card.setAttribute("aria-labelledby", `${id}-nom`);
  find("h2").textContent = data.name;
  find(".face").textContent = [...data.name][0].toLocaleUpperCase("fr");
  find(".number").textContent = data.shown;
  find(".kind").textContent = data.kind;
  find(".screen").setAttribute("aria-label", `Messages de ${data.name}`);
  find(".hour").textContent = hourOf.format(new Date(Date.now() + ahead));
  writeNote(find(".note"), data, find("textarea"));

  const box = find("textarea");
  box.id = `${id}-texto`;
  find("label").htmlFor = box.id;
  find("label").textContent = `Écrire un texto avec le téléphone de ${data.name}`;
  find(".composer .error").id = `${id}-erreur`;
  box.setAttribute("aria-describedby", `${id}-erreur`);
  box.addEventListener("input", () => fit(box));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      find(".composer").requestSubmit();
    }
  });
  find(".composer").addEventListener("submit", (event) => {
    event.preventDefault();
    text(data.number, box, find(".composer .error"));
  });

  const power = find(".power");
  power.hidden = data.line !== "mobile" && data.line !== "foreign";
  power.querySelector("span").textContent = `Éteindre le téléphone de ${data.name}`;
  power.addEventListener("click", () => {
    const off = power.getAttribute("aria-pressed") !== "true";
    ask("/phones/power", { number: data.number, off }).catch(complain);
  });

  const chip = document.createElement("li");
  const link = document.createElement("a");
  link.href = `#${box.id}`;
  link.textContent = data.name;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    card.scrollIntoView({ block: "start" });
    box.focus({ preventScroll: true });
  });
  const unread = document.createElement("span");
  unread.className = "unread";
  unread.hidden = true;
  link.append(unread);
  chip.append(link);

  byId("telephones").append(card);
  byId("people").append(chip);
  const phone = { card, data, unread, count: 0, isSeen: false };
  phones.set(data.number, phone);
  seen.observe(card);
  return phone;
}

function writeNote(note, data, box) {
  if (data.line === "landline") {
    note.append(line("Ce téléphone est un fixe : il ne reçoit pas de textos. L'opérateur refuse ceux que le service lui envoie."));
  } else if (data.line === "short" || data.line === "name") {
    note.append(line("Ce numéro peut écrire, mais personne ne peut lui répondre."));
  }
  const example = document.createElement("button");
  example.type = "button";
  example.className = "example";
  example.append(line("Par exemple :", "small"), line(data.example, "span"));
  example.addEventListener("click", () => {
    box.value = data.example;
    fit(box);
    box.focus();
  });
  note.append(example);
}

function line(text, tag = "p") {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

async function text(number, box, error) {
  const body = box.value;
  error.textContent = "";
  if (!body.trim()) {
    box.focus();
    return;
  }
  box.value = "";
  fit(box);
  try {
    await ask("/phones/texts", { number, body });
  } catch (problem) {
    error.textContent = inFrench(problem);
    // Nothing that was written gets lost, unless something else was begun meanwhile.
    if (!box.value) {
      box.value = body;
      fit(box);
    }
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const phone = [...phones.values()].find((one) => one.card === entry.target);
    phone.isSeen = entry.isIntersecting;
    if (phone.isSeen) countUnread(phone, 0);
  }
}, { threshold: 0.4 });

function countUnread(phone, count) {
  phone.count = count;
  const word = line(count > 1 ? " nouveaux textos" : " nouveau texto", "span");
  word.className = "visually-hidden";
  phone.unread.replaceChildren(`${count}`, word);
  phone.unread.hidden = !count;
}

// Messages

function showMessage(message) {
  const phone = phones.get(message.number);
  if (!phone) return;
  let item = lines.get(message.id);
  const isNew = !item;
  if (isNew) {
    item = byId("message").content.firstElementChild.cloneNode(true);
    item.classList.add(message.typed ? "typed" : "received");
    item.dataset.id = message.id;
    item.querySelector(".visually-hidden").textContent = message.typed ? `${phone.data.name} : ` : "Le service : ";
    item.querySelector(".text").textContent = message.text;
    const at = new Date(message.at);
    item.querySelector("time").textContent = hourOf.format(at);
    item.querySelector("time").dateTime = message.at;
    item.dataset.day = dayOf.format(at);
    item.querySelector(".segments").textContent = message.segments > 1 ? `${message.segments} segments` : "1 segment";
    lines.set(message.id, item);
  }
  const before = item.dataset.tone;
  item.dataset.tone = message.tone;
  item.querySelector(".fate").textContent = message.fate;
  if (!isNew) {
    if (message.tone === "bad" && before !== "bad") say(`${phone.data.name} : texto ${message.fate}.`);
    return;
  }
  const thread = phone.card.querySelector(".thread");
  const screen = phone.card.querySelector(".screen");
  const next = [...thread.querySelectorAll(".message")].find((other) => Number(other.dataset.id) > message.id);
  thread.insertBefore(item, next || null);
  markDays(thread);
  phone.card.querySelector(".example").hidden = true;
  screen.scrollTop = screen.scrollHeight;
  if (!isFirst && !message.typed && !phone.isSeen) countUnread(phone, phone.count + 1);
}

function markDays(thread) {
  for (const mark of thread.querySelectorAll(".day")) mark.remove();
  let day = null;
  for (const item of thread.querySelectorAll(".message")) {
    if (item.dataset.day !== day) {
      day = item.dataset.day;
      const mark = line(day, "li");
      mark.className = "day";
      item.before(mark);
    }
  }
}

function showElsewhere() {
  const numbers = new Map();
  for (const message of messages.values()) {
    if (!phones.has(message.number)) numbers.set(message.number, message.shown);
  }
  const list = byId("elsewhere").querySelector("ul");
  list.replaceChildren(...[...numbers].map(([number, shown]) => {
    const button = line(`Donner un téléphone au ${shown}`, "button");
    button.type = "button";
    button.addEventListener("click", () => openAdd(number));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  byId("elsewhere").hidden = !numbers.size;
}

// What the carrier tells

function hear(state) {
  if (born !== null && state.born !== born) {
    location.reload();
    return;
  }
  born = state.born;
  byId("trouble").hidden = true;
  ahead = new Date(state.now) - Date.now();
  tick();

  let hasNewPhone = false;
  for (const data of state.phones) {
    let phone = phones.get(data.number);
    if (!phone) {
      phone = addPhone(data);
      hasNewPhone = true;
    }
    const power = phone.card.querySelector(".power");
    phone.card.classList.toggle("off", data.off);
    power.setAttribute("aria-pressed", data.off);
  }
  for (const message of state.messages) messages.set(message.id, message);
  const shown = hasNewPhone ? [...messages.values()].sort((a, b) => a.id - b.id) : state.messages;
  for (const message of shown) showMessage(message);
  showElsewhere();
  hearCalls(state.calls);

  let faults = 0;
  for (const box of document.querySelectorAll("input[name=fault]")) {
    box.checked = state.faults[box.value] > 0;
    faults += box.checked;
  }
  byId("faults-on").textContent = faults ? `(${faults} en cours)` : "";

  if (newest && phones.has(newest)) {
    const { card } = phones.get(newest);
    newest = null;
    card.scrollIntoView({ block: "nearest" });
    card.querySelector("textarea").focus({ preventScroll: true });
  }
  isFirst = false;
}

function listen() {
  const events = new EventSource("/phones/events");
  events.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    complain(new Error("La liaison avec le simulateur est coupée. La page la reprend d'elle-même."));
  });
  // A page that is left for another one must not look broken meanwhile.
  addEventListener("pagehide", () => events.close());
}

// The clock

function tick() {
  const now = new Date(Date.now() + ahead);
  const text = momentOf.format(now);
  if (byId("now").textContent !== text) {
    byId("now").textContent = text;
    byId("now").dateTime = now.toISOString();
    for (const hour of document.querySelectorAll(".hour")) hour.textContent = hourOf.format(now);
  }
}

for (const button of document.querySelectorAll("[data-move]")) {
  button.addEventListener("click", async () => {
    try {
      const told = await ask("/phones/clock", { move: button.dataset.move });
      say(`Nous sommes maintenant le ${momentOf.format(new Date(told.now))}.`);
    } catch (error) {
      complain(error);
    }
  });
}

// Faults

for (const box of document.querySelectorAll("input[name=fault]")) {
  box.addEventListener("change", () => {
    const ticked = [...document.querySelectorAll("input[name=fault]:checked")];
    ask("/phones/faults", { faults: ticked.map((one) => one.value) }).catch(complain);
  });
}

// A new phone

function openAdd(number = "") {
  byId("add-error").textContent = "";
  byId("add-name").value = "";
  byId("add-number").value = number;
  byId("add").showModal();
  byId("add-name").focus();
}

byId("open-add").addEventListener("click", () => openAdd());
byId("add").querySelector("[value=cancel]").addEventListener("click", () => byId("add").close());
byId("add").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const told = await ask("/phones", { name: byId("add-name").value, number: byId("add-number").value });
    newest = told.number;
    byId("add").close();
    if (phones.has(newest)) phones.get(newest).card.querySelector("textarea").focus();
  } catch (error) {
    byId("add-error").textContent = inFrench(error);
    (byId("add-name").value.trim() ? byId("add-number") : byId("add-name")).focus();
  }
});

setInterval(tick, 1000);
// Scripts that are deferred run before this, so that calls.js is there.
addEventListener("DOMContentLoaded", listen);
