// Calls on the page with the phones: the keypad, what is said, the telephone that rings.
// It stands on phones.js, which has the phones and asks the carrier.
"use strict";

const panels = new Map(); // number -> {panel, sid, count, state}
let speaks = false;

function callPanel(phone) {
  const { card, data } = phone;
  const panel = byId("call").content.firstElementChild.cloneNode(true);
  const find = (selector) => panel.querySelector(selector);
  const id = `${card.id}-appel`;
  panel.setAttribute("aria-label", `Appels de ${data.name}`);
  find(".ear").setAttribute("aria-label", `Ce que ${data.name} entend`);
  find(".said input").id = `${id}-dire`;
  find(".said label").htmlFor = `${id}-dire`;
  const failed = find(".error");
  const act = async (path, body) => {
    failed.textContent = "";
    try {
      await ask(path, { number: data.number, ...body });
      return true;
    } catch (error) {
      failed.textContent = inFrench(error);
      return false;
    }
  };
  const dial = find(".dial");
  dial.querySelector("span").textContent = `Appeler le service avec le téléphone de ${data.name}`;
  dial.addEventListener("click", () => act("/phones/calls", { hidden: find(".hide input").checked }));
  find(".hang-up").addEventListener("click", () => act("/phones/calls/end", {}));
  for (const button of panel.querySelectorAll("[data-how]")) {
    button.addEventListener("click", () => act("/phones/calls/answer", { how: button.dataset.how }));
  }
  const press = (key) => act("/phones/calls/keys", { key });
  // As on every telephone, with the letters that spell a commune.
  const letters = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ" };
  for (const key of "123456789*0#") {
    const button = line(key, "button");
    if (letters[key]) {
      const printed = line(letters[key], "small");
      printed.setAttribute("aria-hidden", "true");
      button.append(printed);
    }
    button.type = "button";
    if (key === "*") button.setAttribute("aria-label", "étoile");
    if (key === "#") button.setAttribute("aria-label", "dièse");
    button.addEventListener("click", () => press(key));
    find(".keypad").append(button);
  }
  find(".keypad").addEventListener("keydown", (event) => {
    if (/^[0-9*#]$/.test(event.key)) press(event.key);
  });
  find(".said").addEventListener("submit", async (event) => {
    event.preventDefault();
    const box = find(".said input");
    const words = box.value.trim();
    if (words && (await act("/phones/calls/words", { words }))) box.value = "";
    box.focus();
  });
  card.querySelector(".screen").before(panel);
  const shown = { panel, sid: null, count: 0, state: "" };
  panels.set(data.number, shown);
  return shown;
}

function showCall(call) {
  const phone = phones.get(call.number);
  const shown = panels.get(call.number);
  if (!phone || !shown) return;
  const find = (selector) => shown.panel.querySelector(selector);
  const heard = find(".heard");
  const isNew = shown.sid !== call.sid;
  if (isNew) {
    heard.replaceChildren();
    Object.assign(shown, { sid: call.sid, count: 0, state: "" });
  }
  const talking = call.state === "talking";
  find(".idle").hidden = call.state !== "over";
  find(".ringing").hidden = call.state !== "ringing";
  find(".talking").hidden = !talking;
  find(".state").textContent = call.note;
  find(".errors").textContent = call.errors.join(" · ");
  shown.panel.dataset.state = call.state;
  phone.card.classList.toggle("in-call", call.state !== "over");
  phone.card.classList.toggle("bridged", call.bridged);
  for (const one of call.lines.slice(shown.count)) {
    const item = line(one.text, "li");
    item.dataset.kind = one.kind;
    item.lang = one.language.slice(0, 2);
    heard.append(item);
    if (!isFirst && (one.kind === "say" || one.kind === "voice")) speak(one.text, one.language);
    if (one.kind === "typed" || one.kind === "spoken") hush();
  }
  find(".ear").hidden = !call.lines.length;
  if (call.lines.length > shown.count) find(".ear").scrollTop = find(".ear").scrollHeight;
  shown.count = call.lines.length;
  if (shown.state !== call.state) {
    const began = shown.state === "";
    shown.state = call.state;
    if (isFirst) return;
    if (call.state !== "talking") say(`${phone.data.name} : ${call.note}.`);
    if (call.state === "over") hush();
    // Whoever pressed a button that is gone now finds the next one under the same finger.
    if (document.activeElement === document.body || began) {
      const next = talking ? ".keypad button" : call.state === "over" ? ".dial" : null;
      if (next && shown.panel.contains(document.activeElement)) find(next).focus({ preventScroll: true });
    }
  }
}

function hearCalls(calls) {
  for (const phone of phones.values()) {
    if (!panels.has(phone.data.number)) callPanel(phone);
  }
  for (const call of calls) showCall(call);
  // A carrier that was started anew knows nothing of the calls before.
  const known = new Set(calls.map((call) => call.number));
  for (const [number, { sid, state }] of panels) {
    if (sid && state !== "over" && !known.has(number)) {
      showCall({ number, sid, state: "over", note: "Appel coupé", bridged: false, lines: [], errors: [] });
    }
  }
}

// The voice of the browser, where it speaks French

function frenchVoice(language) {
  const voices = window.speechSynthesis ? speechSynthesis.getVoices() : [];
  return voices.find((voice) => voice.lang.replace("_", "-").startsWith(language.slice(0, 2)));
}

function offerVoice() {
  const can = Boolean(frenchVoice("fr"));
  byId("aloud-choice").hidden = !can;
  if (!can) speaks = false;
}

function speak(text, language) {
  const voice = speaks && frenchVoice(language);
  if (!voice) return;
  const words = new SpeechSynthesisUtterance(text);
  words.voice = voice;
  words.lang = voice.lang;
  speechSynthesis.speak(words);
}

function hush() {
  if (window.speechSynthesis) speechSynthesis.cancel();
}

byId("aloud").addEventListener("change", () => {
  speaks = byId("aloud").checked;
  if (!speaks) hush();
});
if (window.speechSynthesis) {
  speechSynthesis.addEventListener("voiceschanged", offerVoice);
  speaks = true;
  offerVoice();
}
