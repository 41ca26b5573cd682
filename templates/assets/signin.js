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

// Some steps end elsewhere: in an e-mail, on a phone. Without script a <meta>
// asks whether they have; with it, the form that would ask is posted from here.
const poll = document.querySelector("form[data-poll]");
const mark = document.body.dataset.mark;
let timer;
let asking = false;

// Whether something would be lost with the page: anything that has been typed,
// and what somebody is about to change.
function typing() {
  const touched = (field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked !== field.defaultChecked;
    }
    if (field.options) {
      return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
    }
    return field.value !== field.defaultValue;
  };
  const active = document.activeElement;
  return /^(text|email|tel|password)$/.test(active.type) && active.value !== "" ||
    [...document.querySelectorAll("input, select")].some(touched);
}

// Whether an answer is on its way: what comes of it is what there is to see.
function sending() {
  return document.querySelector("form[aria-busy]") !== null;
}

// There is something new to see: it is shown, or, to somebody who is typing, told.
function news() {
  if (!typing()) {
    location.reload();
    return;
  }
  const status = document.querySelector(".news");
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = status.dataset.continue;
  link.addEventListener("click", (event) => {
    event.preventDefault(); // with a fragment, following the link would go nowhere
    location.reload();
  });
  status.append(status.dataset.news, " ", link);
}

// Asks once. The answer has the mark of what there is to see, and for how many
// milliseconds to wait; it has neither when there is more to it, such as an end.
async function ask() {
  const answer = await fetch(poll.getAttribute("action"), {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(poll)),
    redirect: "manual", // where it leads is for the page to go, not for us
  });
  if (answer.status === 429 || answer.status >= 500) {
    return { mark, wait: Number(answer.headers.get("Retry-After")) * 1000 };
  }
  const text = await answer.text();
  try {
    return answer.ok ? JSON.parse(text) : {};
  } catch {
    return {};
  }
}

async function look() {
  clearTimeout(timer);
  if (asking || document.hidden) {
    return; // it is asked when somebody sees the page again
  }
  asking = true;
  let seen = { mark };
  try {
    seen = sending() ? seen : await ask();
  } catch {
    // no network: the same again, later
  }
  if (seen?.mark !== mark && !sending()) {
    poll.classList.remove("asking");
    news();
    return;
  }
  asking = false;
  timer = setTimeout(look, Math.max(500, Number(seen?.wait) || Number(poll.dataset.poll)));
}

if (poll) {
  poll.classList.add("asking");
  document.addEventListener("visibilitychange", look);
  timer = setTimeout(look, Number(poll.dataset.poll));
}
