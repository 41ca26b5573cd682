// A captcha, which shows itself only when it doubts that somebody is human. Its
// maker's script comes from the one address that this page allows. Words come
// from the page.
"use strict";
{
  const forms = document.querySelectorAll('form[data-task="captcha"]');

  // The address names the function that is called when the script is there.
  const load = (address) => new Promise((resolve, reject) => {
    window.captchaReady = resolve;
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("error", reject);
    document.head.append(script);
  });

  function prepare(form, ready) {
    const task = JSON.parse(form.dataset.options);
    const maker = () => window[task.object];
    const place = document.createElement("div");
    let submitter;
    let passing = false; // a token is on its way

    const submit = (token) => {
      fillTask(form, () => token);
      passing = true;
      form.requestSubmit(submitter);
      passing = false;
      maker().reset(widget); // a token is good for once
    };
    form.querySelector("[data-task-says]").before(place);
    let widget;
    const shown = ready.then(() => {
      widget = maker().render(place, {
        sitekey: task.sitekey,
        size: "invisible",
        callback: submit,
        "error-callback": () => tellTask(form, form.dataset.failed),
        "chalexpired-callback": () => tellTask(form, form.dataset.refused),
      });
    });
    shown.catch(() => {}); // told when somebody wants to go on

    form.addEventListener("submit", async (event) => {
      if (passing || form.hasAttribute("aria-busy")) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // nothing is sent yet
      submitter = event.submitter;
      try {
        await shown;
        maker().execute(widget);
      } catch {
        tellTask(form, form.dataset.failed);
      }
    }, { capture: true });
  }

  if (forms.length > 0) {
    const ready = load(JSON.parse(forms[0].dataset.options).script);
    for (const form of forms) prepare(form, ready);
  }
}
