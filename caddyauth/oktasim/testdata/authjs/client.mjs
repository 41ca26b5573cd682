// What the scripts beside this one share: the management port of the running
// oktasim, and Okta's client set up for it.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { beforeEach } from 'node:test';
import { IdxStatus, OktaAuth } from '@okta/okta-auth-js';

const manage = process.env.OKTASIM_MANAGE ?? 'http://127.0.0.1:8082';

export async function api(method, path, body) {
  const response = await fetch(manage + path, { method, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, `${method} ${path}: ${text}`);
  return JSON.parse(text);
}

export const state = await api('GET', '/state');
export const ada = state.users.find((u) => u.login === 'ada@example.com');
export const awkward = state.users.find((u) => /["\\]/.test(u.password));

beforeEach(() => api('DELETE', '/calls'));

// memory is a store of one client's own: by default all of a process share one.
function memory() {
  const items = new Map();
  return { storageProvider: { getItem: (k) => items.get(k), setItem: (k, v) => items.set(k, v), removeItem: (k) => items.delete(k) } };
}

export function client(options = {}) {
  const stores = ['token', 'cache', 'transaction', 'shared-transaction', 'original-uri', 'idx-response'];
  return new OktaAuth({
    idx: { enableLegacyMode: true }, // authenticate() takes everything at once; one test below goes step by step
    storageManager: Object.fromEntries(stores.map((name) => [name, memory()])),
    issuer: state.issuer,
    clientId: state.public_client_id,
    redirectUri: 'http://localhost:8080/login/callback',
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    ...options,
  });
}

export const policy = (p) => api('PUT', '/policy', p);

// expectTokens checks the tokens of a finished sign-in: the client verified the
// ID token when it received it, and does so here again, in front of witnesses.
export async function expectTokens(auth, transaction, user) {
  assert.equal(transaction.status, IdxStatus.SUCCESS, JSON.stringify(transaction.messages ?? transaction.error));
  const { idToken, accessToken, refreshToken } = transaction.tokens;
  const verified = await auth.token.verify(idToken, { clientId: auth.options.clientId, issuer: auth.options.issuer, accessToken: accessToken.accessToken });
  assert.equal(verified.claims.preferred_username, user.login);
  assert.equal(verified.claims.email, user.email);
  assert.equal(verified.claims.name, user.name);
  assert.deepEqual(verified.claims.groups, user.groups);
  assert.ok(verified.claims.nonce, 'the nonce of /interact is in the ID token');
  assert.ok(refreshToken.refreshToken);
  const info = await auth.token.getUserInfo(accessToken, idToken);
  assert.equal(info.sub, verified.claims.sub);
  assert.equal(info.email, user.email);
}

// code is what an authenticator app with this secret shows (RFC 6238). It is
// good once: the org's clock then moves on.
export async function code(secret) {
  const { now } = await api('POST', '/clock', { advance: '30s' });
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.parse(now) / 30_000)));
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
