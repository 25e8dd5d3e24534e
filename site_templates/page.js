// Optional: everything works without it. It fills in the code that a link carries after "#", takes it out of the
// address, gives the form its submission id, takes the code along to another language, and on the front page goes
// straight to the questionnaire that is due.
(function () {
  "use strict";
  var code = document.querySelector("input.code");
  var id = document.querySelector("input[name=_id]");
  var given = location.hash.slice(1).replace(/%20/g, " ");
  if (id && !id.value && window.crypto) {
    var letters = "0123456789abcdefghjkmnpqrstvwxyz";
    id.value = Array.from(crypto.getRandomValues(new Uint8Array(26)), function (n) { return letters[n & 31]; }).join("");
  }
  // A link may give a hidden field one of the values that the instrument knows: "?source=sms".
  document.querySelectorAll("input[data-known]").forEach(function (field) {
    var wanted = new URLSearchParams(location.search).get(field.name);
    if (wanted && field.dataset.known.split(" ").indexOf(wanted) >= 0) field.value = wanted;
  });
  var shape = /^[0-9a-z\- ]{13,20}$/i;
  // The same page in another language is to have the code too.
  if (code) document.querySelectorAll("nav a").forEach(function (link) {
    link.addEventListener("click", function () { if (shape.test(code.value)) link.hash = code.value; });
  });
  if (!code || !shape.test(given)) return;
  code.value = given;
  history.replaceState(null, "", location.pathname + location.search);
  var enter = document.getElementById("enter");
  if (!enter) return;
  fetch(enter.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(enter)) })
    .then(function (answer) { return answer.ok ? answer.json() : {}; })
    .then(function (due) {
      if (due.path) location.replace(enter.action.replace(/-\/enter$/, "") + due.path + "#" + given);
      else enter.submit();
    })
    .catch(function () { enter.submit(); });
})();
