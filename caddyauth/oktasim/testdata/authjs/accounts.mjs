// Accounts: recovery, registration, unlocking, and what an org says to somebody
// it locked out.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { IdxStatus } from '@okta/okta-auth-js';
import { ada, api, client, expectTokens, policy } from './client.mjs';

beforeEach(() => api('POST', '/users', ada));

const mailed = async (login) => (await api('GET', `/mailbox/${login}`))[0].code;

// complains checks that the step is still the same, and why.
function complains(transaction, step, key) {
  assert.equal(transaction.status, IdxStatus.PENDING);
  assert.equal(transaction.nextStep.name, step);
  assert.ok(transaction.messages.some((m) => m.i18n.key === key), JSON.stringify(transaction.messages));
}

test('recovery', async () => {
  for (const password of ['first_page', 'second_page']) {
    await policy({ password, recover: ['email'] });
    const auth = client();
    let transaction = await auth.idx.recoverPassword({ username: ada.login });
    assert.equal(transaction.nextStep.name, 'select-authenticator-authenticate');
    transaction = await auth.idx.proceed({ authenticator: 'okta_email' });
    complains(await auth.idx.proceed({ verificationCode: 'wrong' }), 'challenge-authenticator', 'api.authn.error.PASSCODE_INVALID');
    transaction = await auth.idx.proceed({ verificationCode: await mailed(ada.login) });
    assert.equal(transaction.nextStep.name, 'reset-authenticator');
    complains(await auth.idx.proceed({ password: 'short' }), 'reset-authenticator', 'password.passwordRequirementsNotMet');
    await expectTokens(auth, await auth.idx.proceed({ password: 'Analytical-Engine-1843' }), ada);
    await api('POST', '/users', ada);
  }
});

test('registration', async () => {
  const login = 'newcomer@example.com';
  await policy({ registration: { groups: ['Newcomers'], enroll: { password: 'required', email: 'required', phone: 'optional' } } });
  const auth = client();
  let transaction = await auth.idx.register();
  assert.equal(transaction.nextStep.name, 'enroll-profile');
  transaction = await auth.idx.proceed({ firstName: 'New', lastName: 'Comer', email: 'e2e-ciam' });
  complains(transaction, 'enroll-profile', 'registration.error.invalidLoginEmail');
  transaction = await auth.idx.proceed({ firstName: 'New', lastName: 'Comer', email: login });
  assert.equal(transaction.nextStep.name, 'select-authenticator-enroll');
  transaction = await auth.idx.proceed({ authenticator: 'okta_password' });
  complains(await auth.idx.proceed({ password: 'short' }), 'enroll-authenticator', 'password.passwordRequirementsNotMet');
  transaction = await auth.idx.proceed({ password: 'Analytical-Engine-1843' });
  assert.equal(transaction.nextStep.name, 'select-authenticator-enroll');
  transaction = await auth.idx.proceed({ authenticator: 'okta_email' });
  complains(await auth.idx.proceed({ verificationCode: 'wrong' }), 'enroll-authenticator', 'api.authn.error.PASSCODE_INVALID');
  transaction = await auth.idx.proceed({ verificationCode: await mailed(login) });
  assert.equal(transaction.nextStep.name, 'select-authenticator-enroll');
  assert.equal(transaction.nextStep.canSkip, true);
  transaction = await auth.idx.proceed({ skip: true });
  await expectTokens(auth, transaction, { login, email: login, name: 'New Comer', groups: ['Everyone', 'Newcomers'] });
});

test('a registration that the org does not have', async () => {
  await policy({});
  const registration = client().idx.register({ firstName: 'New', lastName: 'Comer', email: 'newcomer@example.com' });
  await assert.rejects(registration, /Registration is not supported based on your current org configuration/);
});

test('locked out, then unlocked', async () => {
  await policy({ lockout: 2, lock_account: 'told', unlock: ['email'] });
  let auth = client();
  const wrong = { username: ada.login, password: 'wrong' };
  complains(await auth.idx.authenticate(wrong), 'identify', 'errors.E0000004');
  complains(await auth.idx.proceed(wrong), 'identify', 'errors.E0000069');
  complains(await auth.idx.proceed({ username: ada.login, password: ada.password }), 'identify', 'errors.E0000069');

  auth = client();
  let transaction = await auth.idx.unlockAccount({ username: ada.login, authenticator: 'okta_email' });
  assert.equal(transaction.nextStep.name, 'challenge-authenticator');
  transaction = await auth.idx.proceed({ verificationCode: await mailed(ada.login) });
  assert.equal(transaction.status, IdxStatus.TERMINAL);
  assert.equal(transaction.messages[0].i18n.key, 'oie.selfservice.unlock_user.success.message');

  auth = client();
  await expectTokens(auth, await auth.idx.authenticate({ username: ada.login, password: ada.password }), ada);
});
