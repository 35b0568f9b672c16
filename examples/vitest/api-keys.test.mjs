import { describe, expect } from 'vitest';
import { test } from './tenant.mjs';

// All at once, in one process: each test has a tenant of its own.
describe.concurrent('an API key', () => {
  test('stops working when it expires', async ({ tenant }) => {
    const body = { description: 'for a day', expiry: 'P1D' };
    const made = await tenant.fetch('/api/v1/api-keys', tenant.developerToken, { method: 'POST', body });
    const { token } = await made.json();
    expect((await tenant.fetch('/api/v1/users/me', token)).status).toBe(200);

    await tenant.advance('P1DT1S');

    const refused = await tenant.fetch('/api/v1/users/me', token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('mock-qlik-refusal')).toBe('key-expired');
  });

  test('can be made at the maximum of active keys only', async ({ tenant }) => {
    const config = await tenant.fetch('/api/v1/tenants/me', tenant.adminToken);
    const { id } = await config.json();
    const body = [{ op: 'replace', path: '/max_keys_per_user', value: 2 }];
    await tenant.fetch(`/api/v1/api-keys/configs/${id}`, tenant.adminToken, { method: 'PATCH', body });
    const make = () =>
      tenant.fetch('/api/v1/api-keys', tenant.developerToken, { method: 'POST', body: { description: 'one more' } });
    expect([(await make()).status, (await make()).status]).toEqual([201, 403]);
  });
});

describe.concurrent('a client', () => {
  test('sees two errors and then an answer', async ({ tenant }) => {
    const fault = { operation: 'getUsers', status: 503, times: 2 };
    const { id } = await tenant.control('POST', '/faults', fault);
    const statuses = [];
    for (let request = 0; request < 3; request += 1) {
      statuses.push((await tenant.fetch('/api/v1/users', tenant.developerToken)).status);
    }
    expect(statuses).toEqual([503, 503, 200]);
    expect((await tenant.control('GET', `/faults/${id}`)).hits).toBe(2);
  });

  test('is told when its users were asked for', async ({ tenant }) => {
    await tenant.fetch('/api/v1/users?limit=1', tenant.developerToken);
    const verified = await tenant.control('POST', '/requests/verify', { operation: 'getUsers', exactly: 1 });
    expect(verified.matched).toBe(1);
  });
});
