// Optional: everything works without it. It fills in the code that a link carries after "#", takes it out of the
// address, gives the form its submission id, takes the code along to another language, and on the front page goes
// straight to the questionnaire that is due. It keeps trying to send, keeps a draft where somebody asks for one, clears
// a shared device, and reads aloud. Its words stand in the page. (docs/decisions/0013-delivered-then-shown.md)
(function () {
  "use strict";
  var find = document.querySelector.bind(document);
  var code = find("input.code");
  var id = find("input[name=_id]");
  var form = id && id.form;
  var enter = find("#enter");
  var given = location.hash.slice(1).replace(/%20/g, " ");
  var shape = /^[0-9a-z\- ]{13,20}$/i;
  var start = new URL(document.currentScript.dataset.start, location.href).href;

  // --- a shared device has pages of the collector, "-/shared/" and the path; "?shared" in an address leads there
  var sharing = start.slice(0, start.lastIndexOf("-/shared/") + 9), root = sharing.slice(0, -9);
  function onShared(there) {
    return there.indexOf(root) || there.indexOf(root + "-/") === 0 ? there : sharing + there.slice(root.length);
  }
  if (/[?&]shared\b/.test(location.search) && onShared(location.href) !== location.href) {
    location.replace(onShared(location.href));
    return;
  }

  // A link may give a hidden field one of the values that the instrument knows: "?source=sms".
  document.querySelectorAll("input[data-known]").forEach(function (field) {
    var wanted = new URLSearchParams(location.search).get(field.name);
    if (wanted && field.dataset.known.split(" ").indexOf(wanted) >= 0) field.value = wanted;
  });

  // Also by the switch on the front page.
  var box = find("input[name=_shared][type=checkbox]");
  var channel = find("input[name=_channel]");
  var next = find("#next");
  var mark = find("#next,input[type=hidden][name=_shared]");
  function shared() { return box ? box.checked : channel ? channel.value === "shared_device" : !!mark; }
  if (box && mark) box.onchange = function () { mark.value = box.checked ? "1" : ""; };
  if (id && !id.value && window.crypto) {
    var letters = "0123456789abcdefghjkmnpqrstvwxyz";
    // After Back it is the same form. For a shared device each comes with an id of its own.
    id.value = history.state && history.state.id || Array.from(crypto.getRandomValues(new Uint8Array(26)), function (n) {
      return letters[n & 31];
    }).join("");
  }
  // What Back could show goes before the page does.
  addEventListener("pagehide", function () {
    if (shared()) find("main").textContent = "";
    if (window.speechSynthesis) speechSynthesis.cancel();
  });
  addEventListener("pageshow", function (event) {
    if (event.persisted && shared()) location.replace(start);
  });
  var soon = find("#soon");
  if (soon) {
    var leave = setTimeout(function () { location.replace(next.href); }, 60000);
    var stay = function () {
      clearTimeout(leave);
      soon.hidden = true;
    };
    soon.hidden = false;
    find("#stay").onclick = function () { stay(); next.focus(); };
    find("details").addEventListener("toggle", stay);
  }
  if (next) next.onclick = function (event) { event.preventDefault(); location.replace(next.href); };
  // The same page in another language is to have the code too, and a shared device stays one.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href*='.html']");
    if (!link) return;
    if (shared()) link.href = onShared(link.href);
    if (code && link.closest("nav") && shape.test(code.value)) link.hash = code.value;
    // What has been answered goes along to another language, through the collector.
    if (!form || !link.closest("nav") || link.lang === document.documentElement.lang || !fields().some(answered)) return;
    event.preventDefault();
    var chosen = document.createElement("input");
    chosen.type = "hidden";
    chosen.name = "_chosen";
    chosen.value = link.lang;
    form.prepend(chosen);
    var submit = form.getAttribute("action");
    form.setAttribute("action", submit.replace(/submit$/, "language"));
    HTMLFormElement.prototype.submit.call(form);
    // What goes is settled; Back may bring the page as it is left.
    form.setAttribute("action", submit);
    chosen.remove();
  });
  function answered(pair) { return pair[0][0] !== "_" && pair[1] !== "" && !find("input[type=hidden][name='" + pair[0] + "']"); }

  // --- a draft on the device, for whoever asks for one
  var AGE = 7 * 864e5, MARK = "mittari ";
  var store = null;
  try {
    localStorage.setItem(MARK, "");
    localStorage.removeItem(MARK);
    store = localStorage;
  } catch (_full_or_private) {}
  function draft(key) {
    try {
      var found = JSON.parse(store.getItem(key));
      return Math.abs(Date.now() - found.at) < AGE ? found : null;
    } catch (_not_ours) { return null; }
  }
  if (store) Object.keys(store).forEach(function (key) {
    if (key.indexOf(MARK) === 0 && !draft(key)) store.removeItem(key);
  });
  var keep = find("#keep"), told = find("#told"), drop = find("#drop");
  var key = form && MARK + new URL(form.getAttribute("action"), location.href) + ["_instrument", "_version", "_wave", "_service"].map(function (name) {
    var field = find("input[name=" + name + "]");
    return " " + (field ? field.value : "");
  }).join("");
  function fields() { return Array.from(new FormData(form)); }
  function save() {
    if (!keep || !keep.checked) return;
    // Without the code: whoever finds the phone must not be able to send.
    var mine = fields().filter(function (pair) { return pair[0][0] !== "_" || pair[0] === "_id" || pair[0] === "_helper"; });
    try {
      store.setItem(key, JSON.stringify({ at: Date.now(), fields: mine }));
    } catch (_full) {
      forget();
      told.textContent = told.dataset.full;
    }
  }
  function forget() {
    if (store && key) store.removeItem(key);
    if (keep) keep.checked = false;
    if (drop) drop.hidden = true;
  }
  function put(mine) {
    mine.forEach(function (pair) {
      Array.from(form.querySelectorAll("[name]")).forEach(function (field) {
        if (field.name !== pair[0]) return;
        if (field.type !== "radio" && field.type !== "checkbox") field.value = pair[1];
        else if (field.value === pair[1]) field.checked = true;
      });
    });
  }
  if (keep && store && !shared()) {
    var found = draft(key);
    find("#draft").hidden = false;
    if (found) {
      keep.checked = true;
      drop.hidden = false;
      told.textContent = told.dataset.back;
      // A page that came back from the collector holds what was sent last.
      if (!("answered" in form.dataset)) put(found.fields);
    }
    keep.onchange = function () { told.textContent = ""; if (keep.checked) save(); else forget(); };
    form.addEventListener("input", save);
    drop.onclick = function () {
      var typed = code && code.value;
      forget();
      HTMLFormElement.prototype.reset.call(form);
      if (code) code.value = typed;
      told.textContent = told.dataset.gone;
      keep.focus();
    };
    // Sent or removed in another tab.
    addEventListener("storage", function (event) { if (event.key === key && event.newValue === null) forget(); });
  }

  if (form && !shared()) history.replaceState({ id: id.value }, "");

  // --- sending: delivered first, with the same id until it is acknowledged; then the browser posts and shows the page
  var said = find("#said"), now = find("#now");
  var PAUSES = [2, 5, 10, 30, 60];
  var body = null, tries = 0, timer, flying = null;
  function say(what) {
    said.textContent = said.dataset[what] || "";
    now.hidden = what !== "failed";
  }
  function guard(event) { event.preventDefault(); event.returnValue = ""; }
  function hold(what) {
    body = what;
    clearTimeout(timer);
    if (flying && !what) flying.abort();
    (what ? addEventListener : removeEventListener)("beforeunload", guard);
  }
  function ours(status, text) {
    return status < 500 && status !== 408 && status !== 429 && /<meta name="generator" content="Mittari">[^]*<\/html>\s*$/.test(text);
  }
  function deliver() {
    if (!body || flying) return;
    var mine = body, flight = flying = new AbortController();
    var limit = setTimeout(function () { flight.abort(); }, 30000);
    clearTimeout(timer);
    fetch(form.getAttribute("action"), { method: "POST", body: mine, redirect: "error", signal: flight.signal })
      .then(function (answer) {
        return answer.text().then(function (text) { return ours(answer.status, text) && { stored: /<p class="receipt">/.test(text) }; });
      })
      .catch(function () {})
      .then(function (got) {
        clearTimeout(limit);
        flying = null;
        if (body !== mine) return;
        if (got) {
          hold(null);
          // Also where the answers of an earlier sending are those that are stored.
          if (got.stored) forget();
          HTMLFormElement.prototype.submit.call(form);
        } else {
          if (now.hidden) say("failed");
          else said.textContent = said.dataset.failed;
          timer = setTimeout(deliver, PAUSES[Math.min(tries++, PAUSES.length - 1)] * 1000);
        }
      });
  }
  if (form && said && window.AbortController) {
    form.addEventListener("submit", function (event) {
      var by = event.submitter || document.activeElement;
      // Such as a button for another language.
      if (by && by.hasAttribute("formaction")) return;
      event.preventDefault();
      if (body) return deliver();
      hold(new URLSearchParams(fields()));
      tries = 0;
      say("sending");
      deliver();
    });
    form.addEventListener("input", function () {
      if (!body) return;
      hold(null);
      say("changed");
    });
    now.onclick = function () {
      // Said anew, so that it is heard.
      said.textContent = said.dataset.sending;
      deliver();
    };
    addEventListener("online", deliver);
    document.addEventListener("visibilitychange", function () { if (!document.hidden) deliver(); });
    addEventListener("pageshow", function (event) { if (event.persisted) { hold(null); say(""); } });
  }

  // --- reading aloud, with a voice of the device itself: nothing is sent elsewhere; and one sound at a time
  var speech = window.speechSynthesis, button = find("#read"), reading = null;
  function hush(but) {
    if (reading) reading.setAttribute("aria-pressed", "false");
    reading = null;
    if (speech) speech.cancel();
    document.querySelectorAll("audio").forEach(function (one) { if (one !== but) one.pause(); });
  }
  document.addEventListener("play", function (event) { hush(event.target); }, true);
  function texts(question) {
    var all = [];
    question.querySelectorAll("legend,label,p,option").forEach(function (part) {
      var text = part.textContent.trim();
      // The numbers of a scale are said by its ends, those of an order by its hint.
      var idle = part.closest(".numbers,.place select") || (!part.offsetParent && part.localName !== "option");
      if (text && !idle && all.indexOf(text) < 0) all.push(text);
    });
    return all;
  }
  function read(by, voice) {
    var again = reading === by;
    hush();
    if (again) return;
    reading = by;
    by.setAttribute("aria-pressed", "true");
    var all = texts(by.closest(".q"));
    all.forEach(function (text, n) {
      var part = new SpeechSynthesisUtterance(text);
      part.voice = voice;
      part.lang = voice.lang;
      part.onend = function () { if (reading === by && n === all.length - 1) hush(); };
      speech.speak(part);
    });
  }
  function voices() {
    var language = document.documentElement.lang.split("-")[0];
    var voice = speech.getVoices().filter(function (one) {
      return one.localService && one.lang.toLowerCase().split(/[-_]/)[0] === language;
    })[0];
    if (!voice || find(".read")) return;
    form.querySelectorAll(".q").forEach(function (question) {
      // A person has read it already.
      if (question.querySelector(":scope>audio")) return;
      var head = question.querySelector("legend,label");
      var by = button.content.firstElementChild.cloneNode(true);
      if (head && head.parentNode === question) head.after(by);
      else question.prepend(by);
      by.onclick = function () { read(by, voice); };
    });
  }
  if (speech && button && form) {
    voices();
    speech.onvoiceschanged = voices;
  }

  // --- the code of a link
  if (!code || !shape.test(given)) return;
  code.value = given;
  history.replaceState(history.state, "", location.pathname + location.search);
  if (!enter) return;
  fetch(enter.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(enter)) })
    .then(function (answer) { return answer.ok ? answer.json() : {}; })
    .then(function (due) {
      if (due.path) location.replace((shared() ? sharing : root) + due.path + "#" + given);
      else enter.submit();
    })
    .catch(function () { enter.submit(); });
})();
