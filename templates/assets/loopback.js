// Okta FastPass: Okta Verify on this device listens on one of a few ports, and
// only this browser can call it. It gets Okta's challenge and answers to Okta;
// the page, which polls, finds out. When nobody listens, or the answer is an
// error, the form is submitted: it goes on without. Words come from the page.
"use strict";
{
  const patience = 300000; // milliseconds: somebody may have to touch a sensor

  // Both calls are of the content type that Okta's own pages call it with.
  const call = (address, timeout, body) => fetch(address, {
    method: body ? "POST" : "GET",
    headers: { "Content-Type": "application/json" },
    body,
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(timeout),
  });

  // What the user has said to the browser's question whether the page may call
  // this device. A browser that has no such question has no such name.
  async function permission() {
    for (const name of ["loopback-network", "local-network-access"]) {
      try {
        return (await navigator.permissions.query({ name })).state;
      } catch {
        // the other name, or none
      }
    }
    return "granted";
  }

  // Asks at one site after the other. The answer says why nobody signed; it is
  // empty when somebody did.
  async function ask(task) {
    for (const site of task.sites) {
      try {
        const wait = await permission() === "prompt" ? patience : task.timeout;
        const probe = await call(`${site}/probe`, wait);
        if (!probe.ok) continue;
        const answer = await call(`${site}/challenge`, patience, JSON.stringify({ challengeRequest: task.request }));
        if (answer.ok) return {};
        // 503: the Okta Verify of another user of this computer.
        if (answer.status !== 503) return { reason: "OV_RETURNED_ERROR", statusCode: answer.status };
      } catch {
        // nobody there, or nobody that answers us
      }
    }
    return { reason: "OV_UNREACHABLE_BY_LOOPBACK" };
  }

  // A page that is left ends its calls, which then look like nobody's.
  let leaving = false;
  addEventListener("beforeunload", () => { leaving = true; });

  async function run(form) {
    const found = await ask(JSON.parse(form.dataset.options));
    if (!found.reason || leaving || form.hasAttribute("aria-busy")) return;
    const { refused } = form.dataset;
    if (refused && await permission() === "denied") return tellTask(form, refused);
    if (form.dataset.poll) return tellTask(form, form.dataset.failed); // there is no way on without it
    for (const input of form.querySelectorAll('input[type="hidden"]')) {
      const last = input.name.split("/").pop();
      if (last === "reason" || last === "statusCode") input.value = found[last] ?? "";
    }
    form.requestSubmit();
  }

  document.querySelectorAll('form[data-task="loopback"]').forEach(run);
}
