// What is looked at in a page. Each check is a function that returns one line per fault; none needs a network, and all
// read computed styles. `expected` is what the page should be: {lang, dir, names: {tag: name of the language}}.
(expected) => {
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const visible = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const brief = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 110);
  const squeezed = (text) => (text || "").replace(/\s+/g, " ").trim();
  const CONTROLS = "input:not([type=hidden]),select,textarea,button";
  // With players, which the browser draws.
  const USED = `${CONTROLS},audio`;
  // For screen readers only: one pixel, cut away.
  const aside = (e) => {
    for (let at = e; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath === "inset(50%)" || at.getBoundingClientRect().right < -500 ||
          at.getBoundingClientRect().left > innerWidth + 500) return true;
    }
    return false;
  };
  const texts = () => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, e = node.parentElement;
      if (node.data.trim() && e && !e.closest("script,style,option,textarea") && visible(e) && !aside(e)) found.push(node);
    }
    return found;
  };

  // --- colours ---
  const colour = (text) => {
    const parts = (text.match(/^rgba?\(([^)]+)\)$/) || [])[1];
    if (!parts) throw new Error("a colour that is not read: " + text);
    const [r, g, b, a] = parts.split(/[,/ ]+/).filter(Boolean).map(Number);
    return { r, g, b, a: a === undefined ? 1 : a };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a),
    b: top.b * top.a + under.b * (1 - top.a), a: 1,
  });
  const behind = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer.a === 1) break;
    }
    return layers.reduceRight((under, layer) => over(layer, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const written = (text, under) => over(colour(text), under);

  const once = (lines) => [...new Set(lines)];
  const scripts = { ar: /\p{Script=Arabic}/u, uk: /\p{Script=Cyrillic}/u, ru: /\p{Script=Cyrillic}/u };
  const sentence = (e) => {
    const block = e.closest("p,li,td,dd");
    return !!block && squeezed(block.textContent) !== squeezed(e.textContent);
  };
  const labels = (e) => (e.matches("button,a,audio") ? [e] : [...(e.labels || [])]);

  return {
    structure() {
      const faults = [];
      const count = (selector, n) => {
        const found = all(selector).length;
        if (found !== n) faults.push(`${found} × ${selector}, not ${n}`);
      };
      ["h1", "main", "main h1", "body > header", "body > footer", "title"].forEach((one) => count(one, 1));
      let level = 0;
      for (const h of all("main h1,main h2,main h3,main h4,main h5,main h6").filter(visible)) {
        const own = Number(h.tagName[1]);
        // The summary of what is wrong stands before the heading of the page.
        if (level && own > level + 1) faults.push(`a heading of level ${own} after one of ${level}: ${brief(h)}`);
        if (!squeezed(h.textContent)) faults.push(`an empty heading: ${brief(h)}`);
        level = own;
      }
      if (!squeezed(document.title)) faults.push("no title");
      const zoom = (document.querySelector("meta[name=viewport]") || {}).content || "";
      if (!zoom.includes("width=device-width") || /maximum-scale|user-scalable/.test(zoom)) faults.push(`viewport: ${zoom}`);
      const skip = document.querySelector("a[href],button,input:not([type=hidden])");
      const target = skip && skip.hash && document.getElementById(skip.hash.slice(1));
      if (!target || !target.matches("main")) faults.push("the first thing to reach by keyboard does not skip to main");
      all("nav,form.languages,section[aria-labelledby]").filter((e) => !e.ariaLabel && !e.getAttribute("aria-labelledby"))
        .forEach((e) => faults.push(`a landmark without a name: ${brief(e)}`));
      return faults;
    },
    language() {
      const faults = [], root = document.documentElement;
      if (root.lang !== expected.lang) faults.push(`the page says lang="${root.lang}", not "${expected.lang}"`);
      if (root.dir !== expected.dir) faults.push(`the page says dir="${root.dir}", not "${expected.dir}"`);
      const rtl = (tag) => tag.split("-")[0] === "ar";
      for (const node of texts()) {
        const part = node.parentElement.closest("[lang]").lang, base = part.split("-")[0];
        for (const [tag, name] of Object.entries(expected.names))
          if (squeezed(node.data) === name && part !== tag) faults.push(`“${name}” is not in lang="${tag}" but "${part}"`);
        for (const script of ["ar", "uk"]) {
          const here = scripts[script].test(node.data), belongs = (scripts[base] || "").source === scripts[script].source;
          if (here && !belongs && !sentence(node.parentElement)) faults.push(`letters of "${script}" in lang="${part}": ${squeezed(node.data).slice(0, 60)}`);
        }
      }
      all("[lang]").filter((e) => rtl(e.lang) !== (getComputedStyle(e).direction === "rtl"))
        .forEach((e) => faults.push(`a direction that is not its language's: ${brief(e)}`));
      return once(faults);
    },
    references() {
      const faults = [];
      for (const name of ["aria-describedby", "aria-labelledby", "aria-controls", "for"])
        for (const e of all(`[${name}]`))
          for (const id of e.getAttribute(name).split(/\s+/))
            if (id && !document.getElementById(id)) faults.push(`${name}="${id}" leads nowhere: ${brief(e)}`);
      all('a[href^="#"]').filter((e) => !document.getElementById(decodeURIComponent(e.hash.slice(1))))
        .forEach((e) => faults.push(`a link leads nowhere: ${brief(e)}`));
      const ids = all("[id]").map((e) => e.id);
      ids.filter((id, n) => ids.indexOf(id) !== n).forEach((id) => faults.push(`id="${id}" stands twice`));
      return faults;
    },
    names() {
      // axe's own reckoning of the accessible name, which follows the standard.
      axe.setup(document.body);
      const faults = [];
      for (const e of all(`${USED},a[href],fieldset`).filter(visible)) {
        const name = squeezed(axe.commons.text.accessibleText(e));
        const shown = e.matches("fieldset") ? all(":scope > legend", e) : labels(e);
        if (!name) faults.push(`no name: ${brief(e)}`);
        for (const label of shown) {
          const words = squeezed(label.innerText).toLowerCase();
          if (words && !name.toLowerCase().includes(words)) faults.push(`named “${name}”, labelled “${words}”: ${brief(e)}`);
        }
        if (!shown.length) faults.push(`no label that can be seen: ${brief(e)}`);
      }
      axe.teardown();
      return faults;
    },
    state() {
      const faults = [];
      const title = document.title, summary = document.querySelector(".summary");
      // What came back says so first: to the keyboard, and to whoever hears the page.
      const told = all(".summary,main [role=status]").find((e) => visible(e) && squeezed(e.innerText));
      if (told && document.activeElement !== told) faults.push(`what the page has to say has no focus: ${brief(told)}`);
      if (summary) {
        if (!title.includes(":")) faults.push("the title does not say that something is wrong");
        all("a", summary).forEach((a) => {
          const control = document.getElementById(decodeURIComponent(a.hash.slice(1)));
          const there = control && (control.matches("input,select,textarea,fieldset") ? control : null);
          if (!there) faults.push(`the summary does not lead to a control: ${brief(a)}`);
        });
        all(".bad").filter((q) => !q.querySelector(".error")).forEach((q) => faults.push(`marked and not said why: ${brief(q)}`));
      }
      all("[aria-invalid=true]").filter((e) => {
        const whole = e.closest("fieldset"), by = [e, ...(whole ? [whole] : [])];
        return !by.some((one) => (one.getAttribute("aria-describedby") || "").split(" ").some((id) => id.startsWith("e-")));
      }).forEach((e) => faults.push(`invalid without its error: ${brief(e)}`));
      return faults;
    },
    sideways() {
      const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      if (wide <= 0) return [];
      const sticking = all("body *").filter((e) => visible(e) && !aside(e))
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1);
      return [`${wide} px too wide: ${sticking.slice(-1).map(brief)}`];
    },
    clipped() {
      const faults = [];
      for (const e of all("body *").filter((one) => visible(one) && !aside(one) && !one.matches("svg *,select,option,br"))) {
        const style = getComputedStyle(e), cuts = (way) => style[way] !== "visible";
        const field = e.matches("input,textarea");
        if (!field && cuts("overflowX") && e.scrollWidth > e.clientWidth + 1) faults.push(`cut at the side: ${brief(e)}`);
        if (!field && cuts("overflowY") && e.scrollHeight > e.clientHeight + 1) faults.push(`cut below: ${brief(e)}`);
        if (e.matches("input:not([type=radio],[type=checkbox])") && e.clientHeight < parseFloat(style.fontSize) * 1.1)
          faults.push(`too low for its letters: ${brief(e)}`);
      }
      for (const node of texts()) {
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (box.right > innerWidth + 1 || box.left < -1) faults.push(`text outside the window: ${squeezed(node.data).slice(0, 60)}`);
        const block = node.parentElement.closest("label,legend,button,p,li,h1,h2,a");
        const around = block && getComputedStyle(block).display !== "inline" && block.getBoundingClientRect();
        if (around && (box.right > around.right + 2 || box.left < around.left - 2 || box.bottom > around.bottom + 4))
          faults.push(`text sticks out of its box: ${squeezed(node.data).slice(0, 60)}`);
      }
      return once(faults);
    },
    targets() {
      const faults = [];
      const small = (e, least, what) => {
        const box = e.getBoundingClientRect();
        if (box.width < least - 0.1 || box.height < least - 0.1)
          faults.push(`${what} of ${Math.round(box.width)} × ${Math.round(box.height)} px, not ${least}: ${brief(e)}`);
      };
      for (const e of all(USED).filter(visible)) small(e.matches("[type=radio],[type=checkbox]") ? e.closest("label") || e.labels[0] : e, 44, "a control");
      // Links inside sentences are excepted by 2.5.8; those that stand alone are not.
      for (const e of all("a[href]").filter((a) => visible(a) && !aside(a) && !sentence(a)))
        small(e, e.closest("nav,footer") ? 44 : 24, "a link");
      return faults;
    },
    contrast() {
      const faults = [];
      for (const node of texts()) {
        const e = node.parentElement, style = getComputedStyle(e), under = behind(e);
        const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const ratio = contrast(written(style.color, under), under);
        if (ratio < (large ? 3 : 4.5)) faults.push(`text of ${ratio.toFixed(2)}: ${brief(e)}`);
      }
      for (const e of all("input:not([type=hidden],[type=radio],[type=checkbox]),select,textarea").filter(visible)) {
        const style = getComputedStyle(e), around = behind(e.parentElement);
        const edge = contrast(written(style.borderTopColor, around), around);
        if (parseFloat(style.borderTopWidth) < 1 || style.borderTopStyle === "none" || edge < 3) faults.push(`an edge of ${edge.toFixed(2)}: ${brief(e)}`);
      }
      for (const e of all("button").filter(visible)) {
        const style = getComputedStyle(e), around = behind(e.parentElement);
        const block = contrast(behind(e), around) >= 3, line = style.textDecorationLine.includes("underline");
        // Where there are many buttons, as at the desk, the lesser ones may have an edge alone.
        const edge = expected.outlined && parseFloat(style.borderTopWidth) >= 2 && contrast(written(style.borderTopColor, around), around) >= 3;
        if (!block && !line && !edge) faults.push(`a button that does not stand out: ${brief(e)}`);
      }
      for (const e of all(".bad,.note,.summary,.notice").filter(visible)) {
        const style = getComputedStyle(e), around = behind(e.parentElement);
        if (contrast(written(style.borderInlineStartColor, around), around) < 3) faults.push(`a mark that is hardly seen: ${brief(e)}`);
      }
      return once(faults);
    },
    focus() {
      const faults = [], before = document.activeElement;
      for (const e of all(`${USED},a[href]`).filter(visible)) {
        e.blur();
        const bare = { ...look(e) };
        e.focus({ focusVisible: true, preventScroll: true });
        const now = look(e), around = behind(e.parentElement);
        if (document.activeElement !== e) faults.push(`cannot have focus: ${brief(e)}`);
        const outline = now.outlineStyle !== "none" && parseFloat(now.outlineWidth) >= 2;
        const changed = (outline && now.outline !== bare.outline) || now.boxShadow !== bare.boxShadow;
        if (!changed) faults.push(`focus cannot be seen: ${brief(e)}`);
        else if (outline && contrast(written(now.outlineColor, around), around) < 3)
          faults.push(`focus of ${contrast(written(now.outlineColor, around), around).toFixed(2)}: ${brief(e)}`);
      }
      if (before) before.focus({ preventScroll: true });
      return faults;
      function look(e) {
        const { outline, outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(e);
        return { outline, outlineStyle, outlineWidth, outlineColor, boxShadow };
      }
    },
    forced() {
      if (!matchMedia("(forced-colors: active)").matches) return ["colours are not forced"];
      const faults = this.focus();
      for (const e of all(`${CONTROLS},.bad,.summary,.notice`).filter(visible)) {
        const style = getComputedStyle(e);
        if (e.matches("[type=radio],[type=checkbox]")) {
          // Drawn by the browser, and so in the person's own colours.
          if (style.appearance === "none") faults.push(`a state that forced colours may hide: ${brief(e)}`);
          continue;
        }
        const edge = parseFloat(style.borderInlineStartWidth) >= 1 && style.borderInlineStartStyle !== "none";
        if (!edge && !style.textDecorationLine.includes("underline")) faults.push(`no edge where colours are forced: ${brief(e)}`);
      }
      all("body *").filter((e) => getComputedStyle(e).forcedColorAdjust === "none" && !e.matches("svg *"))
        .forEach((e) => faults.push(`keeps its own colours: ${brief(e)}`));
      return once(faults);
    },
    motion() {
      const faults = document.getAnimations().map((one) => `an animation: ${one.effect.target.outerHTML.slice(0, 80)}`);
      for (const e of all("html,body,body *")) {
        const style = getComputedStyle(e);
        const lasting = (text) => text.split(",").some((one) => parseFloat(one) > 0);
        if (lasting(style.transitionDuration) || style.animationName !== "none" || style.scrollBehavior === "smooth") faults.push(`moves: ${brief(e)}`);
      }
      return once(faults);
    },
    print() {
      const faults = [];
      for (const e of all(".q,.q label,.q legend,.q input:not([type=hidden]),.q select,.q textarea,.when,main h1,main h2,main p"))
        if (!visible(e) && !e.closest("[hidden],[role=status]:empty,details:not([open]),#soon")) faults.push(`not on paper: ${brief(e)}`);
      for (const e of all(".skip,nav,.send,audio,form.languages button")) if (visible(e)) faults.push(`of no use on paper: ${brief(e)}`);
      for (const e of all("input:not([type=hidden],[type=radio],[type=checkbox]),textarea").filter(visible))
        if (e.matches("textarea") && e.scrollHeight > e.clientHeight + 2) faults.push(`cut on paper: ${brief(e)}`);
      for (const e of all("body *").filter(visible))
        if (["fixed", "sticky"].includes(getComputedStyle(e).position)) faults.push(`stands on every sheet: ${brief(e)}`);
      return once([...faults, ...this.sideways()]);
    },
    fixed() {
      return all("body *").filter((e) => visible(e) && ["fixed", "sticky"].includes(getComputedStyle(e).position))
        .map((e) => `covers what has focus: ${brief(e)}`);
    },
    // Not a check: every word that can be seen, to compare two widths.
    words() {
      return once(texts().filter((node) => !node.parentElement.closest("[aria-hidden=true]")).map((node) => squeezed(node.data)));
    },
  };
}
