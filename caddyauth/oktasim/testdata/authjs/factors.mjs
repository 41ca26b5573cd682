// Authenticators that are set up at one sign-in and asked for at the next.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { IdxStatus, OktaAuth } from '@okta/okta-auth-js';
import { ada, api, client, code, expectTokens, policy } from './client.mjs';

beforeEach(() => api('POST', '/users', ada)); // who has set up nothing yet

// begin signs in with the password and sees the list of what is next.
async function begin(auth, list) {
  const transaction = await auth.idx.authenticate({ username: ada.login, password: ada.password });
  assert.equal(transaction.nextStep.name, list);
  return transaction;
}

// rejected checks an answer that was wrong: the step is still the same.
function rejected(transaction, step, key) {
  assert.equal(transaction.status, IdxStatus.PENDING);
  assert.equal(transaction.nextStep.name, step);
  assert.equal(transaction.messages[0].i18n.key, key);
}

const enroll = 'enroll-authenticator';
const challenge = 'challenge-authenticator';

test('Google Authenticator', async () => {
  await policy({ enroll: { google_otp: 'required' } });
  let auth = client();
  let transaction = await begin(auth, 'select-authenticator-enroll');
  transaction = await auth.idx.proceed({ authenticator: 'google_otp' });
  assert.equal(transaction.nextStep.name, enroll);
  const { qrcode, sharedSecret } = transaction.nextStep.authenticator.contextualData;
  assert.match(qrcode.href, /^data:image\/png;base64,/);
  rejected(await auth.idx.proceed({ verificationCode: '000000' }), enroll, 'api.authn.error.PASSCODE_INVALID');
  await expectTokens(auth, await auth.idx.proceed({ verificationCode: await code(sharedSecret) }), ada);

  await policy({ factors: ['google_otp'] });
  auth = client();
  await begin(auth, 'select-authenticator-authenticate');
  transaction = await auth.idx.proceed({ authenticator: 'google_otp' });
  assert.equal(transaction.nextStep.name, challenge);
  const once = await code(sharedSecret);
  transaction = await auth.idx.proceed({ verificationCode: once });
  await expectTokens(auth, transaction, ada);

  auth = client();
  await begin(auth, 'select-authenticator-authenticate');
  await auth.idx.proceed({ authenticator: 'google_otp' });
  rejected(await auth.idx.proceed({ verificationCode: once }), challenge, 'api.authn.error.PASSCODE_INVALID');
});

test('a phone', async () => {
  for (const methodType of ['sms', 'voice']) {
    await api('POST', '/users', ada);
    await policy({ enroll: { phone: 'required' } });
    let auth = client();
    await begin(auth, 'select-authenticator-enroll');
    let transaction = await auth.idx.proceed({ authenticator: 'phone_number' });
    assert.equal(transaction.nextStep.name, 'authenticator-enrollment-data');
    transaction = await auth.idx.proceed({ methodType, phoneNumber: '+1555' });
    assert.equal(transaction.status, IdxStatus.PENDING);
    assert.match(transaction.messages[0].message, /Invalid Phone Number\./);
    transaction = await auth.idx.proceed({ methodType, phoneNumber: '+14155550199' });
    assert.equal(transaction.nextStep.name, enroll);
    assert.equal(transaction.nextStep.canResend, true);
    let [ring] = await api('GET', `/phone/${ada.login}`);
    assert.deepEqual([ring.kind, ring.number], [methodType, '+14155550199']);
    await expectTokens(auth, await auth.idx.proceed({ verificationCode: ring.code }), ada);

    await policy({ factors: ['phone'] });
    auth = client();
    await begin(auth, 'select-authenticator-authenticate');
    transaction = await auth.idx.proceed({ authenticator: 'phone_number' });
    assert.equal(transaction.nextStep.name, 'authenticator-verification-data');
    transaction = await auth.idx.proceed({ methodType });
    assert.equal(transaction.nextStep.name, challenge);
    assert.equal(transaction.context.currentAuthenticatorEnrollment.value.profile.phoneNumber, '+1 XXX-XXX-0199');
    rejected(await auth.idx.proceed({ verificationCode: 'wrong' }), challenge, 'api.authn.error.PASSCODE_INVALID');
    [ring] = await api('GET', `/phone/${ada.login}`);
    await expectTokens(auth, await auth.idx.proceed({ verificationCode: ring.code }), ada);
  }
});

test('a security question', async () => {
  for (const question of [{ questionKey: 'disliked_food' }, { questionKey: 'custom', question: 'Which engine?' }]) {
    await api('POST', '/users', ada);
    await policy({ enroll: { security_question: 'required' } });
    let auth = client();
    await begin(auth, 'select-authenticator-enroll');
    let transaction = await auth.idx.proceed({ authenticator: 'security_question' });
    assert.equal(transaction.nextStep.name, enroll);
    assert.ok(transaction.nextStep.authenticator.contextualData.questionKeys.includes(question.questionKey));
    await expectTokens(auth, await auth.idx.proceed({ ...question, answer: 'liver' }), ada);

    await policy({ factors: ['security_question'] });
    auth = client();
    await begin(auth, 'select-authenticator-authenticate');
    transaction = await auth.idx.proceed({ authenticator: 'security_question' });
    assert.equal(transaction.nextStep.name, challenge);
    assert.equal(transaction.nextStep.authenticator.contextualData.enrolledQuestion.questionKey, question.questionKey);
    transaction = await auth.idx.proceed({ answer: 'kidney' });
    assert.equal(transaction.status, IdxStatus.PENDING);
    assert.equal(transaction.messages[0].class, 'ERROR');
    await expectTokens(auth, await auth.idx.proceed({ answer: 'liver' }), ada);
  }
});

test('Okta Verify', async () => {
  await policy({ enroll: { okta_verify: 'required' } });
  let auth = client();
  await begin(auth, 'select-authenticator-enroll');
  let transaction = await auth.idx.proceed({ authenticator: 'okta_verify', channel: 'qrcode' });
  assert.equal(transaction.nextStep.name, 'enroll-poll');
  assert.match(transaction.nextStep.authenticator.contextualData.qrcode.href, /^data:image\/png;base64,/);
  transaction = await auth.idx.poll();
  assert.equal(transaction.nextStep.name, 'enroll-poll');
  await api('POST', `/push/${ada.login}`, { approve: true });
  await expectTokens(auth, await auth.idx.poll(), ada);

  await policy({ factors: ['okta_verify'] });
  auth = client();
  await begin(auth, 'select-authenticator-authenticate');
  transaction = await auth.idx.proceed({ authenticator: 'okta_verify', methodType: 'push' });
  assert.equal(transaction.nextStep.name, 'challenge-poll');
  assert.equal(typeof transaction.nextStep.poll.refresh, 'number');
  await api('POST', `/push/${ada.login}`, { approve: true });
  await expectTokens(auth, await auth.idx.poll(), ada);
});

// What the browser is asked to do is what this client makes of the answer; the
// cryptography is proven with the widget, in a browser.
test('the shape of WebAuthn', async () => {
  await policy({ enroll: { webauthn: 'required' } });
  const auth = client();
  await begin(auth, 'select-authenticator-enroll');
  const transaction = await auth.idx.proceed({ authenticator: 'webauthn' });
  assert.equal(transaction.nextStep.name, enroll);
  const { authenticator, authenticatorEnrollments } = transaction.nextStep;
  const { publicKey } = OktaAuth.webauthn.buildCredentialCreationOptions(authenticator.contextualData.activationData, authenticatorEnrollments ?? []);
  assert.ok(publicKey.challenge.byteLength >= 16 && publicKey.user.id.byteLength > 0);
  assert.equal(publicKey.user.name, ada.login);
  assert.ok(publicKey.pubKeyCredParams.some((p) => p.type === 'public-key' && p.alg === -7));
  assert.deepEqual(publicKey.excludeCredentials, []);
  rejected(await auth.idx.proceed({ credentials: { clientData: 'AA', attestation: 'AA' } }), enroll, 'oie.authenticator.enroll.error.fail');
});
