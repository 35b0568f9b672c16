// A tenant for each test: nothing that is done in it is seen by another, in this file or in another worker.

import { inject, test as base } from 'vitest';

async function send(url, options = {}) {
  const headers = { 'content-type': 'application/json' };
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const answer = await fetch(url, { method: options.method ?? 'GET', headers, body });
  if (!answer.ok) {
    throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  }
  return answer.status === 204 ? undefined : answer.json();
}

export class Tenant {
  static async create(emulator) {
    return new Tenant(emulator, await send(`${emulator}/_mock/tenants`, { method: 'POST' }));
  }

  constructor(emulator, created) {
    // The key alone leads to the tenant, so the address is the same for all of them.
    this.url = emulator;
    this.name = created.name;
    this.adminToken = created.admin.token;
    this.developerToken = created.developer.token;
  }

  /** Sends a request to the control API of this tenant. */
  control(method, path, body) {
    return send(`${this.url}/_mock${path}?tenant=${this.name}`, { method, body });
  }

  /** Moves the tenant's clock by an ISO 8601 duration, such as `P1D`. */
  advance(duration) {
    return this.control('PUT', '/clock', { advance: duration });
  }

  /** Sends a request with a key. */
  fetch(path, token, options = {}) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    return fetch(`${this.url}${path}`, { ...options, headers, body });
  }

  delete() {
    return send(`${this.url}/_mock/tenants/${this.name}`, { method: 'DELETE' });
  }
}

export const test = base.extend({
  tenant: async ({}, use) => {
    const tenant = await Tenant.create(inject('emulator'));
    await use(tenant);
    await tenant.delete();
  },
});
