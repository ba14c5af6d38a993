// Holds back a form that asks before it is sent until dialog.js can ask. A classic script in the
// head on purpose: modules run when the page is already in sight, and a quick click would send the
// form without its question.
(() => {
  let held = null;

  function hold(event) {
    if (!event.target.dataset.confirm) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    held = { form: event.target, submitter: event.submitter };
  }

  function release() {
    document.removeEventListener("submit", hold, { capture: true });
  }

  document.addEventListener("submit", hold, { capture: true });
  document.addEventListener("touchstone:asks", () => {
    release();
    held?.form.requestSubmit(held.submitter);
  }, { once: true });
  // The modules did not arrive: forms are sent as without scripts.
  window.addEventListener("load", release, { once: true });
})();
