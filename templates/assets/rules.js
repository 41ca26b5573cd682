// Says, while a new password is typed, which of its rules are fulfilled. It only
// tells: nothing is refused here. What it cannot judge (the passwords of before,
// a name that it does not know) it leaves unmarked. Words come from the page.
"use strict";
{
  const part = document.getElementById("rules");
  const field = document.querySelector('input[autocomplete="new-password"][aria-describedby~="rules"]');

  const count = (text, set) => (text.match(set) ?? []).length;
  const sets = { lower: /\p{Ll}/gu, upper: /\p{Lu}/gu, number: /[0-9]/g, symbol: /[!-/:-@[-`{-~]/g };
  const within = (text, part) => text.toLowerCase().includes(part.toLowerCase());

  // What has been typed into the first of the fields of these names.
  function typed(names) {
    for (const name of names ?? []) {
      for (const input of field.form.elements) {
        if (input.name.split("/").pop() === name && input.value) return input.value;
      }
    }
    return "";
  }

  // Whether the password fulfils a rule; undefined where that cannot be known.
  function fulfils(password, rule) {
    const other = rule.value || typed(rule.field);
    switch (rule.kind) {
      case "length":
        return password.length >= rule.n;
      case "repeat":
        return !new RegExp(`(.)\\1{${Number(rule.n)}}`, "su").test(password);
      case "kinds":
        return Object.values(sets).filter((set) => count(password, set) > 0).length >= rule.n;
      case "username": // a part of it is what stands between signs, from four letters on
        return other ? !other.split(/[,.\-_#@]/).some((word) => word.length >= 4 && within(password, word)) : undefined;
      case "attribute":
        return other ? !within(password, other) : undefined;
    }
    return sets[rule.kind] ? count(password, sets[rule.kind]) >= rule.n : undefined;
  }

  // Tells those who do not see the marks what is still missing, once there is a
  // pause.
  const status = document.createElement("p");
  let timer;
  function tell(missing) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      status.textContent = missing.length > 0 ? `${part.dataset.missing} ${missing.join("; ")}` : part.dataset.fulfilled;
    }, 1000);
  }

  function look() {
    const missing = [];
    for (const item of part.querySelectorAll("[data-rule]")) {
      const met = field.value ? fulfils(field.value, JSON.parse(item.dataset.rule)) : undefined;
      delete item.dataset.met;
      if (met !== undefined) item.dataset.met = met;
      if (met === false) missing.push(item.textContent.trim());
    }
    if (field.value) tell(missing);
  }

  if (part && field) {
    status.className = "quiet";
    status.setAttribute("role", "status");
    part.append(status);
    field.form.addEventListener("input", look);

    const again = [...field.form.elements].find((input) => input.autocomplete === "new-password" && input !== field);
    if (again) {
      const differs = document.createElement("p");
      differs.className = "failure";
      differs.setAttribute("role", "status");
      again.closest(".control").after(differs);
      // While it is typed, what is there so far only has to fit.
      const compare = (whole) => {
        const same = whole ? again.value === field.value : field.value.startsWith(again.value);
        differs.textContent = again.value === "" || same ? "" : part.dataset.differ;
      };
      field.form.addEventListener("input", () => compare(false));
      again.addEventListener("change", () => compare(true));
    }
    look();
  }
}
