// Okta's own JavaScript client, as npm has it, reads answers and submits their
// forms; what it would send is written down instead of sent. Standard input is
// one JSON object:
//
//   {"answers": [{"answer": {…}, "forms": [{"index": 0, "name": "identify", "posted": {"identifier": ["ada"]}},
//                                          {"name": "resend", "href": "https://…", "posted": {}}]}]}
//
// A form with an index is a remediation, one without is an action. posted is what
// a browser posts: paths joined with "/", and lists of texts. Standard output is a list for
// each answer, with {"body": {…}} or {"error": "…"} for each form.
//
// The client adds defaults and fixed values to the top level of a body only.
// What is below, the program that uses it must give: params() does that from the
// answer, with no knowledge of ours.

import { text } from 'node:stream/consumers';
import { OktaAuth } from '@okta/okta-auth-js';

let sent;
const auth = new OktaAuth({
  issuer: 'https://org.example/oauth2/default',
  clientId: 'client',
  redirectUri: 'https://app.example/callback',
  httpRequestClient: async (method, url, { data }) => {
    sent = data;
    return { status: 200, headers: {}, responseText: '{"version":"1.0.0"}', responseType: 'json', responseJSON: { version: '1.0.0' } };
  },
});

const fieldsIn = (o) => o?.form?.value ?? o?.value?.form?.value;

// plainOptions are a field's choices as {label, value}, out of Okta's wrappers.
function plainOptions(field) {
  return (field.options ?? []).flatMap((option) => {
    const inside = option?.value?.value;
    if (Array.isArray(inside)) return inside;
    if (inside && typeof inside === 'object') return inside.options ?? [];
    if (option?.value && typeof option.value === 'object') return [{ label: option.label, value: inside ?? option.label }];
    return [option];
  }).map((option) => (option && typeof option === 'object' ? { value: option.label, ...option } : { value: option }))
    .filter((option) => option.value != null);
}

// typed is what a field's value is in JSON when a browser posts it as texts.
function typed(field, posted) {
  if (field.type === 'array' || Array.isArray(field.value)) return posted.map((one) => scalar(field, one));
  return scalar(field, posted[0]);
}

function scalar(field, posted) {
  const options = plainOptions(field);
  const chosen = options.find((option) => String(option.value) === posted);
  const value = chosen ? chosen.value : posted;
  const type = field.type ?? typeof field.value;
  if (type === 'boolean') return value === true || value === 'true' || value === 'on';
  if (type === 'number' || type === 'integer') return Number(value);
  return value;
}

// settled says that a field's value is the answer's, and nobody types it.
const settled = (field) => {
  const value = field.value ?? field.id;
  if (field.mutable === false) return value != null;
  return value != null && value !== '' && (field.visible === false || (field.name === 'id' && !field.options));
};

// fits says how many of the fixed values of these fields were posted, or -1 if
// others were, or names that are not among them.
function fits(fields, path, posted) {
  const names = [];
  let score = 0;
  for (const field of fields) {
    const name = [...path, field.name].join('/');
    names.push(name);
    if (settled(field) && name in posted) {
      if (String(field.value) !== posted[name][0]) return -1;
      score += 1;
    }
  }
  const prefix = `${path.join('/')}/`;
  return Object.keys(posted).every((name) => !name.startsWith(prefix) || names.some((known) => name === known || name.startsWith(`${known}/`))) ? score : -1;
}

function merge(into, from) {
  for (const [name, value] of Object.entries(from)) {
    const there = into[name];
    into[name] = there && typeof there === 'object' && typeof value === 'object' ? merge(there, value) : value;
  }
  return into;
}

function params(fields, path, posted) {
  const out = {};
  for (const field of fields) {
    if (field.name === 'stateHandle') continue;
    const below = [...path, field.name];
    const name = below.join('/');
    const forms = (field.options ?? []).map(fieldsIn).filter(Boolean);
    let inside = fieldsIn(field);
    if (forms.length > 0) {
      const scores = forms.map((form) => fits(form, below, posted));
      inside = forms[scores.indexOf(Math.max(...scores))];
    }
    if (inside) {
      const given = params(inside, below, posted);
      if (Object.keys(given).length > 0) merge(out, { [field.name]: given });
    } else if (settled(field)) {
      const value = field.value ?? field.id;
      if (path.length > 0 && (field.mutable === false || value)) out[field.name] = value;
    } else if (name in posted && posted[name][0] !== '') {
      out[field.name] = typed(field, posted[name]);
    } else if (path.length > 0 && field.value) {
      out[field.name] = field.value;
    }
  }
  return out;
}

// actionOf finds the action that stands in the answer under this name.
function actionOf(answer, { name, href }) {
  const holders = ['currentAuthenticatorEnrollment', 'currentAuthenticator', ...Object.keys(answer)];
  if (answer[name]?.rel && answer[name].href === href) return { key: answer[name].name, definition: answer[name] };
  for (const holder of holders) {
    for (const [member, definition] of Object.entries(answer[holder]?.value ?? {})) {
      const own = definition?.name ?? member;
      if (definition?.rel && definition.href === href && name.endsWith(own)) return { key: `${holder}-${member}`, definition };
    }
  }
  return {};
}

async function submit(answer, form) {
  const state = auth.idx.makeIdxResponse(structuredClone(answer), {}, true);
  let action;
  let definition;
  if (form.index === undefined) {
    const found = actionOf(answer, form);
    ({ definition } = found);
    action = state.actions[found.key];
  } else {
    definition = answer.remediation.value[form.index];
    action = state.neededToProceed[form.index].action;
  }
  if (typeof action !== 'function') throw new Error('not seen');
  sent = undefined;
  await action(params(definition.value ?? [], [], form.posted));
  return JSON.parse(sent);
}

const { answers } = JSON.parse(await text(process.stdin));
const results = [];
for (const { answer, forms } of answers) {
  const bodies = [];
  for (const form of forms) {
    try {
      bodies.push({ body: await submit(answer, form) });
    } catch (error) {
      bodies.push({ error: String(error?.message ?? error) });
    }
  }
  results.push(bodies);
}
process.stdout.write(JSON.stringify(results));
