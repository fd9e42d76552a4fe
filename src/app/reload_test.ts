import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENT_LOGGER } from '../base/log.ts';
import { type Options, optionsOf } from '../config/options.ts';
import { emptyDraft, type OptionsDraft } from '../config/options_draft.ts';
import { emptyTlsDraft } from '../config/tls_draft.ts';
import { Reloader, type Reread } from './reload.ts';

function optionsWith(changes: Partial<OptionsDraft>): Options {
  return optionsOf(Object.assign(emptyDraft(), changes), 'a.conf', 'sha256:x');
}

/** A server that notes what is done to it, in order, and its log. */
class World {
  readonly done: string[] = [];
  reread: () => Reread = () => ({ ok: true, options: this.options, remarks: [] });
  options = optionsWith({});
  openLog: (options: Options) => Promise<() => void> = () => Promise.resolve(() => this.done.push('log changed'));
  /** What is wrong with the certificates. */
  tlsFault: string | null = null;
  /** Whether the files say something else than before. */
  hasOtherTls = true;
  readonly reloader: Reloader;

  constructor() {
    const note = (what: string) => () => this.done.push(what);
    const say = (text: string) => this.done.push(text);
    const { options } = this;
    this.reloader = new Reloader({
      contrail: {
        options,
        reconfigure: note('reconfigured'),
        prepareTls: () => {
          if (this.tlsFault !== null) throw new Error(this.tlsFault);
          return { isOther: this.hasOtherTls, apply: note('TLS changed') };
        },
        retrace: note('retraced'),
        reauthorize: () => Promise.resolve(note('reauthorized')()).then(() => undefined),
        switchJetStream: () => Promise.resolve(void this.done.push('JetStream switched')),
      },
      log: { ...SILENT_LOGGER, info: say, warn: say, error: say },
      runFiles: { changePidFile: note('pid file changed'), changePortsFile: note('ports file changed') },
      reread: () => this.reread(),
      openLog: (changed) => this.openLog(changed),
    });
  }
}

const USERS = ['Reloaded: authorization users', 'Reloaded: accounts'];
const LAST = 'Reloaded server configuration (sha256:x)';

test('reload() applies what changed, then says so', async () => {
  const world = new World();
  world.options = optionsWith({ payloadMax: 5, pidFile: 'p', portsFileDirectory: 'd', isTrace: true });
  assert.equal(await world.reloader.reload(), null);
  assert.deepEqual(world.done, [
    'reconfigured',
    'pid file changed',
    'ports file changed',
    'Reloaded: trace = true',
    ...USERS,
    'Reloaded: max_payload = 5',
    'Reloaded: pid_file = p',
    'Reloaded: ports_file_dir = d',
    'log changed',
    'retraced',
    'reauthorized',
    'JetStream switched',
    LAST,
  ]);
});

test('reload() leaves the log alone where nothing is said about it', async () => {
  const world = new World();
  world.options = optionsWith({ payloadMax: 5 });
  world.openLog = () => Promise.reject(new Error('not asked for'));
  assert.equal(await world.reloader.reload(), null);
});

test('reload() changes nothing when the configuration is bad, and names every fault', async () => {
  const world = new World();
  world.reread = () => ({ ok: false, faults: ['a.conf:1:0: unknown field "x"', 'a.conf:2:1: unknown field "y"'] });
  const refusal = 'a.conf:1:0: unknown field "x"; a.conf:2:1: unknown field "y"';
  assert.equal(await world.reloader.reload(), refusal);
  assert.deepEqual(world.done, [`Failed to reload server configuration: ${refusal}`]);
});

test('reload() changes nothing when something cannot change', async () => {
  const world = new World();
  world.options = optionsWith({ payloadMax: 5, host: 'x' });
  const refusal = 'config reload not supported for Host: old=0.0.0.0, new=x';
  assert.equal(await world.reloader.reload(), refusal);
  assert.deepEqual(world.done, [`Failed to reload server configuration: ${refusal}`]);
});

test('reload() changes nothing when the new log cannot be had', async () => {
  const world = new World();
  world.options = optionsWith({ payloadMax: 5, logFile: '/none/x' });
  world.openLog = () => Promise.reject(new Error('error opening file: no such directory'));
  assert.equal(await world.reloader.reload(), 'error opening file: no such directory');
  assert.deepEqual(world.done, ['Failed to reload server configuration: error opening file: no such directory']);
});

test('reload() is done once after the other, however often it is asked for', async () => {
  const world = new World();
  world.options = optionsWith({ isDebug: true });
  const opened: (() => void)[] = [];
  world.openLog = () => new Promise((resolve) => opened.push(() => resolve(() => undefined)));
  const both = [world.reloader.reload(), world.reloader.reload()];
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(opened.length, 1);
  opened[0]?.();
  await both[0];
  await new Promise((resolve) => setImmediate(resolve));
  opened[1]?.();
  assert.deepEqual(await Promise.all(both), [null, null]);
});

test('reload() says the remarks of the configuration as warnings', async () => {
  const world = new World();
  world.reread = () => ({ ok: true, options: world.options, remarks: ['a.conf:1:0: ping_interval'] });
  await world.reloader.reload();
  assert.equal(world.done[0], 'a.conf:1:0: ping_interval');
});

test('reload() reads the certificates anew whenever there is TLS, and tells of it where they are others', async () => {
  const world = new World();
  world.options = optionsWith({ tls: { ...emptyTlsDraft(), certFile: 'c', keyFile: 'k' } });
  assert.equal(await world.reloader.reload(), null);
  assert.deepEqual(world.done.slice(0, 2), ['reconfigured', 'TLS changed']);
  assert.ok(world.done.includes('Reloaded: tls = enabled'));
  world.hasOtherTls = false;
  world.done.length = 0;
  assert.equal(await world.reloader.reload(), null);
  assert.deepEqual(world.done.slice(0, 2), ['reconfigured', 'TLS changed']);
  assert.ok(!world.done.includes('Reloaded: tls = enabled'));
});

test('reload() changes nothing where the certificates are no good', async () => {
  const world = new World();
  world.options = optionsWith({ payloadMax: 5, tls: emptyTlsDraft() });
  world.tlsFault = 'open c: no such file or directory';
  assert.equal(await world.reloader.reload(), world.tlsFault);
  assert.deepEqual(world.done, [`Failed to reload server configuration: ${world.tlsFault}`]);
});

test('reload() opens no other log where the certificates are no good', async () => {
  const world = new World();
  world.options = optionsWith({ logFile: 'x', tls: emptyTlsDraft() });
  world.tlsFault = 'open c: no such file or directory';
  let opened = 0;
  world.openLog = () => {
    opened++;
    return Promise.resolve(() => undefined);
  };
  assert.equal(await world.reloader.reload(), world.tlsFault);
  assert.equal(opened, 0);
});
