// The life of the process: what it prints and leaves beside it, how signals end it, and that what it leaves is a store
// directory for nats-server.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LoggedProcess } from './logged_process.ts';
import { referenceSide } from './server_process.ts';
import { api, healthOf, inWorld, publishAll, type StoreWorld, servedBy } from './store_world.ts';

const LIMIT_MS = 10_000;
const LOCAL = ['-a', '127.0.0.1', '-p', '-1'];

test('-v prints the version of nats-server that clients may take it for, and its own', () =>
  inWorld(async (world) => {
    for (const flag of ['-v', '--version']) {
      const process = world.run([flag]);
      assert.deepEqual(await process.ended, { code: 0, signal: null });
      assert.match(process.output, /^nats-server: v2\.15\.\d+\ncontrail: v\d+\.\d+\.\d+\n$/);
      assert.equal(process.log, '');
    }
  }));

test('-h prints every flag and starts nothing', () =>
  inWorld(async (world) => {
    for (const flag of ['-h', '--help']) {
      const process = world.run([flag]);
      assert.deepEqual(await process.ended, { code: 0, signal: null });
      for (const word of ['--store_dir', '--port', '--http_port', '--config', '--pid', '--ports_file_dir'])
        assert.ok(process.output.includes(word), `${word} in:\n${process.output}`);
    }
  }));

/** A stream of several blocks with removals, and a consumer that knows something. */
async function fill(world: StoreWorld): Promise<LoggedProcess> {
  const { server, client } = await world.serve(world.store);
  await api(client, 'STREAM.CREATE.S', { name: 'S', subjects: ['s.>'], max_bytes: 120_000, max_msgs_per_subject: 40 });
  await publishAll(
    client,
    's.a',
    Array.from({ length: 60 }, (_, i) => `${i + 1}:`.padEnd(1000, 'a')),
  );
  await publishAll(client, 's.b', ['one', 'two', 'three']);
  await api(client, 'STREAM.MSG.DELETE.S', { seq: 30 });
  await api(client, 'STREAM.PURGE.S', { filter: 's.a', keep: 20 });
  await api(client, 'CONSUMER.CREATE.S.c', { stream_name: 'S', config: { durable_name: 'c', ack_policy: 'explicit' } });
  const got = client.requestMany('$JS.API.CONSUMER.MSG.NEXT.S.c', JSON.stringify({ batch: 3 }), 3);
  client.flush();
  const acked = (await got).map(({ reply }) => client.request(reply, '+ACK'));
  client.flush();
  await Promise.all(acked);
  return server;
}

test('SIGTERM and SIGINT stop in order: exit code 0, and nats-server opens what is left', () =>
  inWorld(async (world) => {
    let server = await fill(world);
    const served = await servedBy(await world.connect(server));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      assert.deepEqual(await server.terminate(signal), { code: 0, signal: null });
      assert.match(server.log, /Initiating Shutdown\.\.\.[\s\S]*Server Exiting\.\.\n$/);
      assert.doesNotMatch(server.log, /\[(ERR|WRN|FTL)\]/);
      server = (await world.serve(world.store)).server;
      assert.deepEqual(await servedBy(await world.connect(server)), served);
    }
    await server.terminate();
    const command = [...referenceSide().command, ...LOCAL, '-m', '-1', '-js', '-sd', world.store];
    const reference = world.keep(LoggedProcess.start(command));
    const client = await world.connect(reference);
    assert.deepEqual(await servedBy(client), served);
    const info = await api<{ ack_floor: object }>(client, 'CONSUMER.INFO.S.c');
    assert.deepEqual({ ...info.ack_floor, last_active: '' }, { consumer_seq: 3, stream_seq: 43, last_active: '' });
    assert.equal((await healthOf(reference)).status, 200);
    assert.doesNotMatch(reference.log, /\[(ERR|WRN|FTL)\] (?!.*(authentication|JetStream account))/);
  }));

test('a signal during the start stops in order too', () =>
  inWorld(async (world) => {
    await (await fill(world)).terminate();
    for (const words of ['Starting JetStream', 'Server is ready']) {
      const server = world.run([...LOCAL, '-js', '-sd', world.store]);
      await server.until((log) => log.includes(words), 20_000);
      assert.deepEqual(await server.terminate(), { code: 0, signal: null }, server.log);
    }
  }));

test('the start says how much JetStream may use and where it is, and the end that it ends, as those of nats-server', () =>
  inWorld(async (world) => {
    const file = join(world.folder, 'limits.conf');
    writeFileSync(file, `jetstream {store_dir: "${world.store}", max_mem: 20000000, max_file: 3GB, domain: hub}\n`);
    const limits = async (server: LoggedProcess) => {
      await server.ready();
      await server.terminate();
      return server.log.match(
        /Strict: .*|Max (Memory|Storage): .*|Store Directory: .*|Domain: .*|API Level: .*|\[INF\] .*JetStream Shutdown.*/g,
      );
    };
    const theirs = await limits(world.keep(LoggedProcess.start([...referenceSide().command, ...LOCAL, '-c', file])));
    assert.equal(theirs?.length, 8);
    assert.deepEqual(await limits(world.run([...LOCAL, '-c', file])), theirs);
  }));

test('the pid and ports files are there while the server runs', () =>
  inWorld(async (world) => {
    const pidFile = join(world.folder, 'server.pid');
    const portsFolder = join(world.folder, 'ports');
    mkdirSync(portsFolder);
    const server = world.run([...LOCAL, '-m', '-1', '-P', pidFile, '--ports_file_dir', portsFolder]);
    const port = await server.ready();
    assert.equal(readFileSync(pidFile, 'utf8'), String(server.pid));
    const [name = ''] = readdirSync(portsFolder);
    assert.match(name, new RegExp(`_${server.pid}\\.ports$`));
    assert.deepEqual(JSON.parse(readFileSync(join(portsFolder, name), 'utf8')), {
      nats: [`nats://127.0.0.1:${port}`],
      monitoring: [`http://127.0.0.1:${server.monitorPort}`],
    });
    await server.terminate();
    assert.equal(existsSync(pidFile), false);
    assert.deepEqual(readdirSync(portsFolder), []);
  }));

test('a pid file that cannot be written ends the start with a line that says so', () =>
  inWorld(async (world) => {
    const path = join(world.folder, 'absent', 'server.pid');
    const server = world.run([...LOCAL, '-P', path]);
    assert.deepEqual(await server.ended, { code: 1, signal: null });
    assert.match(server.log, /\[FTL\] Cannot write '.*absent\/server\.pid': .*: choose another place \(-P\)\n$/);
  }));

test('an address that clients cannot be told ends the start in the words of nats-server', () =>
  inWorld(async (world) => {
    const flags = [...LOCAL, '--client_advertise', 'a:b:c'];
    const servers = [world.keep(LoggedProcess.start([...referenceSide().command, ...flags])), world.run(flags)];
    const seen: unknown[] = [];
    for (const server of servers) seen.push([await server.ended, /\[FTL\].*/.exec(server.log)?.[0]]);
    assert.deepEqual(seen[1], seen[0]);
  }));

test('a ports file that cannot be written is said, and the server runs, as in nats-server', () =>
  inWorld(async (world) => {
    const server = world.run([...LOCAL, '--ports_file_dir', join(world.folder, 'absent')]);
    await server.ready();
    await server.until((log) => log.includes('[ERR] Error writing ports file ('), LIMIT_MS);
    assert.deepEqual((await server.terminate()).code, 0);
  }));
