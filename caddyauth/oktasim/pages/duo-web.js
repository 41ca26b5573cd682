// Stands in for Duo's script on a sign-in page: it fills the frame and hands
// over what the frame answers.
window.Duo = {
  init(options) {
    const org = new URL(document.currentScript?.src ?? window.Duo.source).origin;
    const frame = typeof options.iframe === "string" ? document.getElementById(options.iframe) : options.iframe;
    const [token] = options.sig_request.split(":");
    window.addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== org) return;
      if (options.post_action instanceof Function) return options.post_action(event.data);
      const form = document.createElement("form");
      const field = form.appendChild(document.createElement("input"));
      field.name = "sig_response";
      field.value = event.data;
      options.submit_callback(form);
    });
    frame.src = `${org}/frame/web/v1/auth?tx=${encodeURIComponent(token)}`;
  },
  source: document.currentScript?.src,
};
