// Okta's own JavaScript client, as npm has it, signs in against a running
// oktasim. Nothing of oktasim's is imported: what it needs to know it reads
// from the management port.
//
//   OKTASIM_MANAGE=http://127.0.0.1:8082 npm test

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdxStatus } from '@okta/okta-auth-js';
import { ada, api, awkward, client, expectTokens, policy, state } from './client.mjs';

test('password on the first page', async () => {
  await policy({ password: 'first_page' });
  const auth = client();
  const transaction = await auth.idx.authenticate({ username: ada.login, password: ada.password });
  await expectTokens(auth, transaction, ada);
  const calls = await api('GET', '/calls');
  assert.deepEqual([calls.interact, calls.introspect, calls.identify, calls['challenge/answer'], calls.token], [1, 1, 1, 0, 1]);
});

test('a password with a quote, a backslash and spaces around it', async () => {
  await policy({ password: 'first_page' });
  const auth = client();
  await expectTokens(auth, await auth.idx.authenticate({ username: awkward.login, password: awkward.password }), awkward);
});

test('a confidential client', async () => {
  await policy({ password: 'first_page' });
  const auth = client({ clientId: state.client_id, clientSecret: state.client_secret });
  await expectTokens(auth, await auth.idx.authenticate({ username: ada.login, password: ada.password }), ada);
});

test('password on the second page', async () => {
  await policy({ password: 'second_page' });
  const auth = client();
  await expectTokens(auth, await auth.idx.authenticate({ username: ada.login, password: ada.password }), ada);
  const calls = await api('GET', '/calls');
  assert.deepEqual([calls.interact, calls.introspect, calls.identify, calls['challenge/answer'], calls.token], [1, 1, 1, 1, 1]);
});

test('step by step', async () => {
  await policy({ password: 'second_page' });
  const auth = client({ idx: {} });
  let transaction = await auth.idx.start();
  assert.deepEqual(transaction.neededToProceed.map((r) => r.name), ['identify']);
  transaction = await auth.idx.proceed({ step: 'identify', identifier: ada.login });
  assert.equal(transaction.nextStep.name, 'challenge-authenticator');
  transaction = await auth.idx.proceed({ step: 'challenge-authenticator', credentials: { passcode: ada.password } });
  await expectTokens(auth, transaction, ada);
});

test('password, then a code by e-mail', async () => {
  for (const page of ['first_page', 'second_page']) {
    await policy({ password: page, factors: ['email'] });
    const auth = client();
    let transaction = await auth.idx.authenticate({ username: ada.login, password: ada.password });
    assert.equal(transaction.nextStep.name, 'select-authenticator-authenticate');
    assert.deepEqual(transaction.nextStep.inputs[0].options.map((o) => o.value), ['okta_email']);

    transaction = await auth.idx.proceed({ authenticator: 'okta_email' });
    assert.equal(transaction.nextStep.name, 'challenge-authenticator');
    assert.equal(transaction.nextStep.canResend, true);
    assert.equal(transaction.context.currentAuthenticatorEnrollment.value.profile.email, 'a***a@example.com');
    assert.equal(typeof transaction.actions['currentAuthenticatorEnrollment-poll'], 'function');
    const [first] = await api('GET', `/mailbox/${ada.login}`);

    transaction = await auth.idx.proceed({ resend: true });
    const [second] = await api('GET', `/mailbox/${ada.login}`);
    assert.notEqual(second.link, first.link);

    const wrong = second.code === '000000' ? '111111' : '000000';
    transaction = await auth.idx.proceed({ verificationCode: wrong });
    assert.equal(transaction.status, IdxStatus.PENDING);
    assert.equal(transaction.messages[0].i18n.key, 'api.authn.error.PASSCODE_INVALID');

    transaction = await auth.idx.proceed({ verificationCode: second.code });
    await expectTokens(auth, transaction, ada);
  }
});

test('a wrong password, then the right one', async () => {
  for (const page of ['first_page', 'second_page']) {
    await policy({ password: page });
    const auth = client();
    let transaction = await auth.idx.authenticate({ username: ada.login, password: ada.password + ' ' });
    assert.equal(transaction.status, IdxStatus.PENDING);
    assert.equal(transaction.messages[0].i18n.key, 'errors.E0000004');
    assert.equal(transaction.messages[0].message, 'Authentication failed');
    transaction = await auth.idx.proceed({ username: ada.login, password: ada.password });
    await expectTokens(auth, transaction, ada);
  }
});

test('cancel, then another user', async () => {
  await policy({ password: 'second_page' });
  const auth = client();
  let transaction = await auth.idx.authenticate({ username: ada.login });
  const { rawIdxState: before } = transaction;
  transaction = await auth.idx.cancel();
  assert.equal(transaction.status, IdxStatus.CANCELED);
  assert.equal(transaction.neededToProceed[0].name, 'identify');
  assert.notEqual(transaction.rawIdxState.stateHandle, before.stateHandle);
  assert.equal((await api('GET', '/calls')).cancel, 1);
  transaction = await auth.idx.authenticate({ username: awkward.login, password: awkward.password });
  await expectTokens(auth, transaction, awkward);
});

test('an expired sign-in', async () => {
  await policy({ password: 'first_page' });
  const auth = client();
  await auth.idx.start();
  await api('POST', '/expire');
  const transaction = await auth.idx.proceed({ username: ada.login, password: ada.password });
  assert.equal(transaction.status, IdxStatus.TERMINAL);
  assert.equal(transaction.messages[0].i18n.key, 'idx.session.expired');
});

test('refresh and revoke', async () => {
  await policy({ password: 'first_page' });
  const auth = client();
  const { tokens } = await auth.idx.authenticate({ username: ada.login, password: ada.password });
  const renewed = await auth.token.renewTokens({ tokens });
  assert.notEqual(renewed.accessToken.accessToken, tokens.accessToken.accessToken);
  assert.equal(renewed.idToken.claims.sub, tokens.idToken.claims.sub);
  assert.equal((await api('GET', '/calls')).refresh, 1);
  await auth.revokeRefreshToken(tokens.refreshToken);
  await assert.rejects(auth.token.renewTokens({ tokens }));
});

test('the org authorization server mints thin ID tokens', async () => {
  await policy({ password: 'first_page' });
  const auth = client({ issuer: state.org_issuer });
  const { status, tokens } = await auth.idx.authenticate({ username: ada.login, password: ada.password });
  assert.equal(status, IdxStatus.SUCCESS);
  assert.equal(tokens.idToken.claims.email, undefined);
  assert.equal(tokens.idToken.claims.groups, undefined);
  const info = await auth.token.getUserInfo(tokens.accessToken, tokens.idToken);
  assert.equal(info.email, ada.email);
  assert.deepEqual(info.groups, ada.groups);
});
