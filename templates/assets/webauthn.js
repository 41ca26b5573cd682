// Passkeys and security keys (Web Authentication Level 3). A form with a task
// has hidden inputs that only the browser can fill; pressing its button asks the
// browser first, and submits the form with what it answered. Words come from the
// page.
"use strict";
{
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (list) => list?.map((item) => ({ ...item, id: toBytes(item.id) }));

  // Whether the page may ask for keys of before, which belong to an address. Of one
  // of another site browsers refuse the whole request, keys of today included.
  function ours(appid, site) {
    const { protocol, hostname } = new URL(appid);
    return protocol === "https:" && (hostname === site || hostname.endsWith(`.${site}`));
  }

  // publicKey turns the options that came as JSON into what the browser takes.
  function publicKey(options) {
    const key = { ...options, challenge: toBytes(options.challenge) };
    for (const name of ["allowCredentials", "excludeCredentials"]) {
      if (options[name]) key[name] = withBytes(options[name]);
    }
    if (options.user) key.user = { ...options.user, id: toBytes(options.user.id) };
    delete key.u2fParams; // Okta's own, for browsers of before
    const { appid, ...extensions } = options.extensions ?? {};
    if (appid && !ours(appid, options.rpId ?? location.hostname)) key.extensions = extensions;
    return key;
  }

  // answers are the values of the hidden inputs, by the last part of their names.
  function answers(credential) {
    const response = credential.response;
    const found = { clientData: toText(response.clientDataJSON) };
    if (response.attestationObject) {
      found.attestation = toText(response.attestationObject);
      found.transports = JSON.stringify(response.getTransports?.() ?? []);
      found.clientExtensions = JSON.stringify(credential.getClientExtensionResults());
    } else {
      found.authenticatorData = toText(response.authenticatorData);
      found.signatureData = toText(response.signature);
      found.userHandle = response.userHandle ? toText(response.userHandle) : "";
    }
    return found;
  }

  function submit(form, credential) {
    const values = answers(credential);
    fillTask(form, (name) => values[name]);
    form.dataset.ready = "true";
    form.requestSubmit();
  }

  let waiting; // what is being asked for: one question at a time
  async function ask(form, task, mediation) {
    waiting?.abort();
    waiting = new AbortController();
    const request = { publicKey: publicKey(task.options), signal: waiting.signal };
    if (mediation) request.mediation = mediation;
    return task.create ? navigator.credentials.create(request) : navigator.credentials.get(request);
  }

  for (const form of document.querySelectorAll('form[data-task="webauthn"]')) {
    const task = JSON.parse(form.dataset.options);
    form.addEventListener("submit", async (event) => {
      if (form.dataset.ready) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // nothing is sent yet
      if (!window.PublicKeyCredential) return tellTask(form, form.dataset.failed);
      try {
        submit(form, await ask(form, task));
      } catch (error) {
        if (error.name === "AbortError") return;
        tellTask(form, error.name === "NotAllowedError" ? form.dataset.refused : form.dataset.failed);
      }
    }, { capture: true });
    // The browser offers passkeys in the list of the username field, where it can.
    if (task.autofill) {
      window.PublicKeyCredential?.isConditionalMediationAvailable?.()
        .then((can) => can && ask(form, task, "conditional"))
        .then((credential) => credential && submit(form, credential))
        .catch(() => {}); // the user types a name instead
    }
  }
}
