// Passkeys need script: their buttons appear with it, and what goes wrong is said on the page.
(() => {
  "use strict";
  for (const id of ["passkey_login", "passkey_use", "passkey_make"]) {
    document.getElementById(id)?.removeAttribute("hidden");
  }
  const trouble = document.getElementById("passkey-trouble");
  document.addEventListener("allauth.error", (event) => {
    if (!trouble) return;
    event.preventDefault();
    trouble.hidden = false;
  });
})();
