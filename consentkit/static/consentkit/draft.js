// A draft that stays in this browser, only when somebody ticks the box, until they say "forget".
(() => {
  "use strict";
  const form = document.getElementById("letter-form");
  if (!form) return;
  const key = "consentkit-draft";
  const unkept = new Set(["csrfmiddlewaretoken", "done", "toggle", "restore"]);
  const part = (id) => document.getElementById(id);

  let store;
  try {
    store = window.localStorage;
    store.getItem(key);
  } catch {
    return; // a browser that keeps nothing
  }

  const keep = part("draft-keep");
  const answers = () =>
    [...new FormData(form)].filter(([name]) => !unkept.has(name) && !name.startsWith("keep-"));
  const save = () => {
    if (keep.checked) store.setItem(key, JSON.stringify(answers()));
  };
  const read = () => {
    try {
      const kept = JSON.parse(store.getItem(key) ?? "null");
      return Array.isArray(kept) ? kept : null;
    } catch {
      return null;
    }
  };
  const forget = () => {
    store.removeItem(key);
    keep.checked = false;
    show();
  };
  const show = () => {
    // There is something worth keeping once there is a letter.
    part("draft").hidden = !keep.checked && !part("sheet");
    part("draft-kept").hidden = !keep.checked;
  };

  keep.addEventListener("change", () => {
    if (keep.checked) save();
    else store.removeItem(key);
    part("draft-found").hidden = true;
    show();
  });
  part("draft-drop").addEventListener("click", () => {
    forget();
    keep.focus();
  });
  part("draft-forget").addEventListener("click", () => {
    forget();
    part("draft-found").hidden = true;
    part("head-home").focus();
  });
  part("draft-use").addEventListener("click", async () => {
    const kept = read() ?? [];
    const values = {};
    for (const [name, value] of kept) {
      if (name in values) values[name] = [].concat(values[name], value);
      else values[name] = value;
    }
    values.csrfmiddlewaretoken = form.elements.csrfmiddlewaretoken.value;
    await htmx.ajax("POST", form.getAttribute("action"), {
      target: "#wizard-place", select: "#wizard", swap: "innerHTML", values,
    });
    part("draft-found").hidden = true;
    keep.checked = true;
    show();
  });

  form.addEventListener("input", save);
  form.addEventListener("change", save);
  document.addEventListener("htmx:afterSettle", () => { save(); show(); });

  // A page that was just opened offers the draft; one that came from the form goes on keeping it.
  if (read()) {
    if (part("wizard").dataset.open === "home") {
      part("draft-found").hidden = false;
    } else {
      keep.checked = true;
      save();
    }
  }
  show();
})();
