// Starts mock-qlik-cloud for a run of vitest, and stops it after. Named in vitest.config.mjs under `globalSetup`.
// The program is looked for in MOCK_QLIK_BIN, then on the PATH.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export default async function setup(project) {
  const program = process.env.MOCK_QLIK_BIN ?? 'mock-qlik-cloud';
  const child = spawn(program, ['--port', '0', '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  // The program prints one line, when it is ready.
  const lines = createInterface({ input: child.stdout });
  const ready = await Promise.race([once(lines, 'line').then(([line]) => line), ended.then(() => '')]);
  if (!ready.startsWith('Ready. ')) {
    throw new Error(`${program} did not start`);
  }
  project.provide('emulator', ready.split(' ')[1]);
  return async () => {
    child.kill();
    await ended;
  };
}
