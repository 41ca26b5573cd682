// Comfort only: every page works without this file. Words come from the page.
"use strict";

// A second press must not send the same answer twice: the first may already
// have used up a one-time code.
function release(form) {
  form.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("aria-busy")) {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
  setTimeout(release, 15000, form); // the network may have failed; let them retry

  // The part after "#" is the application's. It never reaches a server, but a
  // browser carries it through our redirects when the post has it.
  const action = form.getAttribute("action").split("#")[0];
  form.setAttribute("action", action + location.hash);

  for (const input of form.querySelectorAll("input[data-show]")) {
    input.type = "password"; // a browser remembers what was typed as text
  }
});

// Coming back by the back button may show the page as it was left.
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));

// A press on an error in the summary goes to its field; following the link
// would replace the application's fragment.
for (const link of document.querySelectorAll('.problem a[href^="#"]')) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(decodeURIComponent(link.hash.slice(1)))?.focus();
  });
}

for (const input of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  const say = () => {
    button.textContent = input.type === "password" ? input.dataset.show : input.dataset.hide;
  };
  button.type = "button";
  button.className = "reveal";
  button.id = input.id + "-reveal";
  button.setAttribute("aria-controls", input.id);
  button.setAttribute("aria-labelledby", `${button.id} ${input.id}-label`); // "Show Password"
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    say();
  });
  say();
  input.after(button);
}

// Codes are often pasted as "123 456", which the field's length would cut.
for (const input of document.querySelectorAll('input[autocomplete="one-time-code"]')) {
  input.addEventListener("paste", (event) => {
    event.preventDefault();
    const code = event.clipboardData.getData("text").replace(/\s/g, "");
    input.setRangeText(code, input.selectionStart, input.selectionEnd, "end");
  });
}

// Without script a <meta> asks again; with it, only while somebody looks.
const seconds = Number(document.body.dataset.refresh);
if (seconds > 0) {
  setInterval(() => document.hidden || location.reload(), seconds * 1000);
}
