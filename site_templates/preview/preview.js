// The frame around the page: asks the server what to show, puts the page into an iframe, and follows changes.
(function () {
  "use strict";
  const own = document.body.dataset.own;
  const at = (id) => document.getElementById(id);
  const choices = at("choices"), around = at("around"), status = at("status");
  const CHOSEN = ["instrument", "version", "service", "wave", "language", "state"];
  const SEEN = ["width", "large", "dark", "plain", "all"];
  let revision = null, page = null, frame = null, kept = null, waiting = null, turn = 0, due = false;

  // --- what is chosen

  function chosen(names) {
    const given = new FormData(choices), query = new URLSearchParams();
    for (const name of names) if (given.get(name)) query.set(name, given.get(name));
    return query;
  }

  function fill(pickers) {
    for (const name of CHOSEN) {
      const select = choices.elements[name], picker = pickers[name];
      select.closest("p").hidden = !picker || (picker.options.length < 2 && name !== "instrument");
      const options = picker ? picker.options : [];
      const now = JSON.stringify(options);
      if (select.dataset.options !== now) {
        select.replaceChildren(...options.map(([value, label]) => new Option(label, value)));
        select.dataset.options = now;
      }
      select.value = picker ? picker.value : "";
    }
    const query = chosen(CHOSEN.concat(SEEN));
    history.replaceState(null, "", "/?" + query);
  }

  // --- showing

  async function show(query, { reload = false, carry = false } = {}) {
    const mine = ++turn;
    due = due || reload;
    const answer = await fetch(own + "/now?" + query);
    const now = await answer.json();
    if (mine !== turn) return; // something else was chosen meanwhile
    revision = now.revision;
    fill(now.pickers);
    replace(at("panel"), now.panel);
    replace(at("overview"), now.overview);
    status.textContent = now.summary;
    status.classList.toggle("bad", at("panel").querySelector(".bad") !== null);
    at("stale").hidden = !(now.stale && now.page);
    around.classList.toggle("stale", now.stale);
    at("none").hidden = Boolean(now.page);
    at("alone").hidden = !now.page;
    at("alone").firstElementChild.href = "/" + now.page;
    if (due || now.page !== page) go(now.page, carry);
    due = false;
  }

  function replace(element, html) {
    // What has the focus keeps it where nothing has changed, and what is unfolded stays so.
    if (element.dataset.html === html) return;
    const open = Array.from(element.querySelectorAll("details[open]"), (details) => details.id);
    element.dataset.html = html;
    element.innerHTML = html.trim();
    for (const details of element.querySelectorAll("details")) details.open = open.includes(details.id);
  }

  // Opens a page: with what was typed and scrolled where it follows the one before.
  function go(next, carry) {
    const shown = inside(), saved = next === page;
    kept = carry && shown ? { typed: typed(shown), top: frame.contentWindow.scrollY } : null;
    page = next;
    if (!next) { around.replaceChildren(); frame = null; return; }
    const plain = choices.elements.plain.checked;
    if (!frame || frame.hasAttribute("sandbox") !== plain) {
      frame = at("frame").content.firstElementChild.cloneNode();
      if (plain) frame.setAttribute("sandbox", "allow-same-origin allow-forms");
      frame.addEventListener("load", loaded);
      resize();
      frame.src = "/" + next;
      around.replaceChildren(frame);
      return;
    }
    const sent = shown && carry && shown.location.pathname === "/-/submit";
    if (sent && saved && shown.getElementById("mittari-again")) { kept = null; return; }
    if (!(sent && again(shown))) frame.contentWindow.location.replace("/" + next);
  }

  // A form that came back with problems is sent again, so that they are those of the new version. What was thanked for
  // is not: it stays as it was sent, and a button leads back to the questions.
  function again(shown) {
    const form = shown.querySelector('main form[action$="-/submit"]:not(#mittari-again)');
    if (!form) return false;
    const asked = form.querySelector("[name=_asked]");
    if (asked) asked.remove();
    form.submit();
    return true;
  }

  function inside() {
    try { return frame && frame.contentDocument; } catch (error) { return null; }
  }

  function loaded() {
    const shown = inside();
    if (!shown || shown.URL === "about:blank") return;
    look(shown);
    if (kept) { retype(shown, kept.typed); frame.contentWindow.scrollTo(0, kept.top); kept = null; }
    const stored = shown.getElementById("mittari-stored");
    at("stored").replaceChildren(...(stored ? [document.importNode(stored, true)] : []));
    if (stored) stored.hidden = true;
    // A link inside led to another page: the pickers follow.
    const path = shown.location.pathname.slice(1), there = path + shown.location.search;
    if (there !== page && !["-/submit", "-/enter", "-/language"].includes(path)) {
      page = there;
      const state = new URLSearchParams(shown.location.search).get("state") || state_of(path);
      const query = new URLSearchParams({ path: path, state: state });
      if (state_of(path) !== "blank") {
        const language = path.split("/")[0];
        for (const [name, value] of chosen(CHOSEN)) if (name !== "state") query.set(name, value);
        query.set("language", language);
        query.delete("path");
      }
      show(query);
    }
  }

  function state_of(path) {
    const name = path.split("/").pop();
    return { "index.html": "front", "privacy.html": "privacy", "accessibility.html": "accessibility" }[name] || "blank";
  }

  // --- what was typed

  function fields(shown) {
    return Array.from(shown.querySelectorAll("main form [name]:not([type=hidden]):not(button)"));
  }

  function touched(field) {
    if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.options) return Array.from(field.options).some((o) => o.selected !== o.defaultSelected) && field.value !== "";
    return field.value !== field.defaultValue;
  }

  function typed(shown) {
    return fields(shown).filter(touched).map((f) => ({ name: f.name, value: f.value, checked: f.checked }));
  }

  function retype(shown, values) {
    for (const { name, value, checked } of values) {
      for (const field of fields(shown).filter((f) => f.name === name)) {
        if (field.type !== "radio" && field.type !== "checkbox") field.value = value;
        else if (field.value === value) field.checked = checked;
      }
    }
  }

  // --- as somebody else sees it

  function resize() {
    const width = choices.elements.width.value;
    around.classList.toggle("whole", !width);
    if (frame) frame.className = width ? "w" + width : "";
  }

  // Changes the page's own style sheets; what cannot be taken back needs the page anew.
  function look(shown) {
    const dark = choices.elements.dark.checked, all = choices.elements.all.checked;
    shown.documentElement.style.colorScheme = dark ? "dark" : "light";
    shown.documentElement.style.fontSize = choices.elements.large.checked ? "2.25rem" : "";
    for (const sheet of Array.from(shown.styleSheets).filter(arrived)) {
      walk(sheet, (rule, above, index) => {
        const condition = rule.conditionText || "", needs = rule.media ? "" : condition || rule.selectorText || "";
        if (condition.includes("prefers-color-scheme")) rule.media.mediaText = condition.includes("dark") === dark ? "all" : "not all";
        if (all && needs.includes(":has(")) above.deleteRule(index);
      });
    }
  }

  // The rules of a sheet whose load was cut off cannot be read.
  function arrived(sheet) {
    try {
      return Boolean(sheet.cssRules);
    } catch {
      return false;
    }
  }

  function walk(above, visit) {
    for (let index = above.cssRules.length - 1; index >= 0; index--) {
      const rule = above.cssRules[index];
      if (rule.cssRules) walk(rule, visit);
      visit(rule, above, index);
    }
  }

  // --- following

  async function follow() {
    for (;;) {
      if (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
      waiting = new AbortController();
      try {
        const answer = await fetch(own + "/after/" + encodeURIComponent(revision), { signal: waiting.signal });
        const now = await answer.json();
        if (now.revision !== revision) await show(chosen(CHOSEN), { reload: true, carry: true });
      } catch (error) {
        if (document.hidden) continue;
        status.textContent = document.body.dataset.ended;
        status.classList.add("bad");
        revision = "-";
        await new Promise((done) => setTimeout(done, 1500));
      }
    }
  }

  // A browser keeps few connections: a window that nobody sees lets its own go.
  document.addEventListener("visibilitychange", () => { if (document.hidden && waiting) waiting.abort(); });

  choices.addEventListener("submit", (event) => event.preventDefault());
  choices.addEventListener("change", (event) => {
    const name = event.target.name;
    if (CHOSEN.includes(name)) { show(chosen(CHOSEN), { carry: name === "language" || name === "wave" }); return; }
    history.replaceState(null, "", "/?" + chosen(CHOSEN.concat(SEEN)));
    resize();
    const shown = inside();
    if (name === "large" && shown) look(shown);
    else if (name !== "width" && name !== "large") go(page, true);
  });
  at("overview").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const query = new URLSearchParams(link.search), before = chosen(["language", "wave"]);
    for (const [name, value] of before) query.set(name, value);
    show(query);
  });

  // --- beginning

  const given = new URLSearchParams(location.search);
  choices.elements.dark.checked = matchMedia("(prefers-color-scheme: dark)").matches;
  if (given.has("instrument")) {
    for (const name of SEEN.slice(1)) choices.elements[name].checked = given.has(name);
    choices.elements.width.value = given.get("width") || "";
  }
  show(given).then(follow, follow);
})();
