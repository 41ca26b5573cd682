// Duo asks the user in a frame of its own and tells this page what it has signed
// (Duo Web, version 2). Words come from the page.
"use strict";
{
  const signed = /^(?:AUTH|ENROLL)\|[^|:]+\|[^|:]+$/;

  for (const form of document.querySelectorAll('form[data-task="duo"]')) {
    const task = JSON.parse(form.dataset.options);
    const frame = document.createElement("iframe");
    // Duo needs to know whom to tell: this site, not which of its pages.
    const query = new URLSearchParams({ tx: task.request, parent: `${location.origin}/`, v: "2.6" });
    frame.src = `${task.origin}/frame/web/v1/auth?${query}`;
    frame.title = task.title;
    frame.className = "factor";

    addEventListener("message", (event) => {
      // Any window may send a message: this frame's, while Duo is in it.
      if (event.source !== frame.contentWindow || event.origin !== task.origin || typeof event.data !== "string") return;
      if (event.data.startsWith("ERR|")) return tellTask(form, form.dataset.failed);
      if (!signed.test(event.data)) return;
      fillTask(form, () => `${event.data}:${task.app}`);
      form.requestSubmit();
    });

    form.querySelector("[data-task-says]").before(frame);
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.hidden = true; // Duo's own stands in the frame
    }
  }
}
