import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Life } from './life.ts';
import { Scheduler } from './scheduler.ts';
import { SimEntropy } from './sim_entropy.ts';
import { SimHost } from './sim_host.ts';

test('SimHost gives signals to those who still listen, and exit() ends the life', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const life = new Life('a', 7);
  const host = new SimHost({ scheduler, life, environment: { HOME: '/x' } });
  const heard: string[] = [];
  const stop = host.onSignal('SIGHUP', () => heard.push('stopped one'));
  host.onSignal('SIGHUP', () => heard.push('hup'));
  host.onSignal('SIGTERM', () => host.exit(3));
  stop();
  host.signal('SIGHUP');
  host.signal('SIGUSR1');
  await scheduler.advance(1);
  host.signal('SIGTERM');
  await scheduler.advance(1);
  host.signal('SIGHUP');
  await scheduler.advance(1);
  assert.deepEqual(heard, ['hup']);
  assert.equal(host.exitCode, 3);
  assert.equal(life.isOver, true);
  assert.equal(host.pid, 7);
  assert.equal(host.environment('HOME'), '/x');
  assert.equal(host.environment('toString'), null);
});

test('SimEntropy is the same for one seed and life, and another in the next life', () => {
  const fill = (seed: number, pid: number) => {
    const bytes = new Uint8Array(32);
    new SimEntropy(new Scheduler({ seed }), new Life('a', pid)).fill(bytes);
    return bytes;
  };
  assert.deepEqual(fill(1, 1), fill(1, 1));
  assert.notDeepEqual(fill(1, 1), fill(2, 1));
  assert.notDeepEqual(fill(1, 1), fill(1, 2));
});
