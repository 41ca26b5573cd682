// Reads pages as {name: HTML} from the standard input and writes a line for
// every fault that html-validate finds in them.
import { readFileSync } from "node:fs";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const rules = new StaticConfigLoader({
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
  rules: {
    "require-sri": "off", // style and script are our own, by names with their hash
    "meta-refresh": "off", // in <noscript>, on pages without an input
  },
});
const checker = new HtmlValidate(rules);

for (const [name, page] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  for (const { messages } of (await checker.validateString(page)).results) {
    for (const fault of messages) {
      console.log(`${name}:${fault.line}:${fault.column}: ${fault.ruleId}: ${fault.message}`);
    }
  }
}
