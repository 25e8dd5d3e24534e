// The desk works without this. It looks again by itself how far a piece of work is, prints, and asks before what was
// typed is left.
"use strict";
const again = document.querySelector("[data-again]");
if (again) {
  const look = async () => {
    try {
      // What leads elsewhere is followed by the window itself: it is done, or somebody must log in.
      const answer = await fetch(location.href, { redirect: "manual" });
      if (!answer.ok) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-again]");
      if (!now) return location.reload();
      again.replaceChildren(...now.childNodes);
    } catch { /* the next look may reach it */ }
    setTimeout(look, 1500);
  };
  setTimeout(look, 1500);
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const summary = document.querySelector(".summary");
if (summary) summary.focus();
// A form that was typed into and not sent: the browser asks in its own words whether to leave it.
let typed = document.querySelector("[data-kept] form[method=post]:has(.bad)");
addEventListener("input", (event) => { if (event.target.form?.method === "post") typed = event.target.form; });
addEventListener("submit", (event) => { if (event.target === typed) typed = null; });
addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
// On a phone the way around is closed until somebody asks for it.
const ways = document.querySelector(".menu details");
if (ways) {
  const narrow = window.matchMedia("(max-width: 44rem)");
  const fit = () => { ways.open = !narrow.matches; };
  narrow.addEventListener("change", fit);
  fit();
}
