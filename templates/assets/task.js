// What the scripts of tasks share. A form with a task has hidden inputs that only
// a script can fill in, and a place to tell why it could not.
"use strict";

function fillTask(form, valueOf) {
  for (const input of form.querySelectorAll("input[data-fill]")) {
    input.value = valueOf(input.name.split("/").pop()) ?? "";
  }
}

function tellTask(form, text) {
  const place = form.querySelector("[data-task-says]");
  place.textContent = text;
  place.hidden = false;
  place.focus();
}
