// The wizard with script: nothing here is needed, it only makes the page quicker and calmer.
(() => {
  "use strict";
  document.documentElement.classList.add("with-script");
  const form = document.getElementById("letter-form");
  if (!form) return;

  const section = (key) => document.getElementById(`section-${key}`);

  // One section is in use at a time: the server draws the page with that one open.
  form.addEventListener("focusin", (event) => {
    const inside = event.target.closest("details.section");
    if (inside && inside.open) form.elements.at.value = inside.id.replace("section-", "");
  });

  // Answers of the server can come late, or in another order than the questions. A part of the page
  // is drawn only from an answer that is newer than the page; the whole page only from the newest
  // answer, and not while somebody types in it: it is then drawn a little later. A pressed button
  // always counts.
  const whole = (target) => target.id === "wizard-place";
  const sent = new WeakMap();
  let newest = 0;
  let newestPage = 0;
  let typedAt = 0;
  let composing = false;
  form.addEventListener("input", () => { typedAt = performance.now(); });
  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", () => { composing = false; });
  document.addEventListener("htmx:beforeSend", ({ detail: { xhr, target } }) => {
    newest += 1;
    if (whole(target)) newestPage = newest;
    sent.set(xhr, { number: newest, at: performance.now() });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, requestConfig } = event.detail;
    const asked = sent.get(xhr);
    if (!asked || event.detail.isError) return;
    const typing = document.activeElement.matches("input, textarea, select") && target.contains(document.activeElement);
    if (asked.number < newestPage) {
      event.detail.shouldSwap = false;
    } else if (whole(target) && !requestConfig.elt.matches("button")) {
      const outdated = asked.number < newest || (typing && (composing || typedAt > asked.at));
      if (outdated) {
        event.detail.shouldSwap = false;
        htmx.trigger(form, "letter:stale");
      }
    }
  });
  const notDrawn = document.getElementById("not-drawn");
  document.addEventListener("htmx:sendError", () => { notDrawn.hidden = false; });
  document.addEventListener("htmx:responseError", () => { notDrawn.hidden = false; });
  document.addEventListener("htmx:afterSwap", () => { notDrawn.hidden = true; });

  // What somebody unfolded stays unfolded when the page is drawn anew. Sections are the server's.
  let unfolded = new Map();
  const folds = () => form.querySelectorAll("details[id]:not(.section)");
  document.addEventListener("htmx:beforeSwap", () => {
    unfolded = new Map([...folds()].map((fold) => [fold.id, fold.open]));
  });
  const afterDrawing = () => {
    for (const fold of folds()) {
      if (unfolded.has(fold.id)) fold.open = unfolded.get(fold.id);
    }
    offerCopies();
    remember();
  };

  // The browser's Back goes back to the section before, with everything still typed in. What is
  // kept in the history is the name of a section, never an answer.
  const opened = () => document.getElementById("wizard").dataset.open;
  let shown = opened();
  history.replaceState({ section: shown }, "");
  const remember = () => {
    if (opened() === shown) return;
    shown = opened();
    history.pushState({ section: shown }, "");
  };
  window.addEventListener("popstate", (event) => {
    const wanted = section(event.state?.section);
    if (!wanted) return;
    for (const other of form.querySelectorAll("details.section")) other.open = other === wanted;
    shown = event.state.section;
    document.getElementById("wizard").dataset.open = shown;
    form.elements.at.value = shown;
    wanted.querySelector("summary").focus();
  });

  // A word of caution beside a field, as web/wizard/warnings.py says it after the next answer.
  const suspicious = [
    /(?<![\d-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?![\d-])/,
    /(?<![\w@./-])(?=[A-Z0-9]*\d)(?=(?:[A-Z]*\d){5})[A-Z0-9]{9,10}(?![\w@./-])/,
    /(?<![\w+/-])\d(?:[ -]?\d){10,18}(?![\w/-])/,
  ];
  form.addEventListener("input", (event) => {
    const note = document.getElementById(`note-${event.target.name}`);
    if (!note || !event.target.matches("input[type=text], input:not([type]), textarea")) return;
    const found = suspicious.findIndex((pattern) => pattern.test(event.target.value));
    const caution = note.querySelector(".note__caution");
    if (found < 0) {
      caution?.remove();
    } else {
      const text = found === 0 ? form.dataset.cautionSocialSecurity : form.dataset.cautionDocument;
      const said = caution ?? note.appendChild(document.createElement("p"));
      said.className = "note__caution";
      if (said.textContent !== text) said.textContent = text;
    }
  });

  // Copying works without script by selecting; with it, a button does.
  const offerCopies = () => {
    for (const button of form.querySelectorAll("[data-copy]")) button.hidden = false;
  };
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // a page that is not served over https has no clipboard
    }
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("[readonly]")) event.target.select();
  });

  // What was typed is nowhere but here, so leaving the page asks first. Files and mails do not leave.
  const personal = ["name", "handle", "account_email", "email", "address"];
  let leaving = false;
  form.addEventListener("submit", () => { leaving = true; setTimeout(() => { leaving = false; }, 1500); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[href^='mailto:'], a[target='_blank']")) {
      leaving = true;
      setTimeout(() => { leaving = false; }, 1500);
    }
  });
  window.addEventListener("beforeunload", (event) => {
    const kept = document.getElementById("draft-keep")?.checked;
    if (leaving || kept || !personal.some((name) => form.elements[name]?.value)) return;
    event.preventDefault();
  });

  document.addEventListener("htmx:afterSettle", afterDrawing);
  offerCopies();
})();
