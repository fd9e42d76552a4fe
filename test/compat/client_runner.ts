// One client runner (test/compat/clients/NAME): reads its runner.json, installs it with tools/peers.mjs, and runs it
// against a set of servers while answering what it asks for (kill a server, start it again).
// It judges nothing. Called by clients_test.ts; the protocol is written down in clients/README.md.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { ClientWorld } from './client_world.ts';
import type { Observation } from './observation.ts';
import { peersFolder, repositoryRoot, ServerProcess, type Side } from './server_process.ts';

const clientsFolder = join(repositoryRoot, 'test', 'compat', 'clients');
const RUN_DEADLINE_MS = 240_000;

const TOKEN = 's3cr3t-token';
const USER = 'ann';
const PASSWORD = 'pa55word';

export type Runner = {
  readonly name: string;
  readonly title: string;
  readonly run: readonly string[];
  /** The runner whose build this one uses; its own by default. */
  readonly build: string;
  /** Scenario id to the reason why this client cannot do it. */
  readonly skips: Readonly<Record<string, string>>;
  /** Scenario id to step to the reason why this client's value is its own, or missing. */
  readonly ownSteps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The scenarios of a runner that covers a part of its client; null for all. */
  readonly only: readonly string[] | null;
  /** False when the observations are the client's own words (a command's output), not the list's. */
  readonly hasSharedValues: boolean;
};

export type RunResult = {
  readonly observations: readonly Observation[];
  readonly errors: string;
};

/** Every runner there is, or those named by CONTRAIL_CLIENTS. */
export function listRunners(): Runner[] {
  const wanted = process.env['CONTRAIL_CLIENTS']?.split(',');
  const names = readdirSync(clientsFolder).filter((name) => existsSync(join(clientsFolder, name, 'runner.json')));
  return names
    .sort()
    .filter((name) => wanted === undefined || wanted.includes(name))
    .map(readRunner);
}

function readRunner(name: string): Runner {
  const manifest = JSON.parse(readFileSync(join(clientsFolder, name, 'runner.json'), 'utf8')) as {
    title: string;
    run: string[];
    build?: string;
    skips?: Record<string, string>;
    steps?: Record<string, Record<string, string>>;
    only?: string[];
    values?: 'shared' | 'own';
  };
  return {
    name,
    title: manifest.title,
    run: manifest.run,
    build: manifest.build ?? name,
    skips: manifest.skips ?? {},
    ownSteps: manifest.steps ?? {},
    only: manifest.only ?? null,
    hasSharedValues: manifest.values !== 'own',
  };
}

/** Installs or builds the runner; throws with what the installation said. */
export function installRunner(runner: Runner): void {
  const result = spawnSync(process.execPath, [join(repositoryRoot, 'tools', 'peers.mjs'), runner.name], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) throw new Error(`Cannot install '${runner.title}':\n${result.stdout}\n${result.stderr}`);
}

/** The servers that one run needs. */
export class ServerSet {
  readonly main: ServerProcess;
  readonly token: ServerProcess;
  readonly user: ServerProcess;
  /** Two servers to reconnect between; the first has JetStream and may be killed. */
  readonly first: ServerProcess;
  readonly second: ServerProcess;
  readonly world: ClientWorld;

  private constructor(servers: readonly ServerProcess[], world: ClientWorld) {
    const [main, token, user, first, second] = servers as [
      ServerProcess,
      ServerProcess,
      ServerProcess,
      ServerProcess,
      ServerProcess,
    ];
    this.main = main;
    this.token = token;
    this.user = user;
    this.first = first;
    this.second = second;
    this.world = world;
  }

  static async start(side: Side, world: ClientWorld): Promise<ServerSet> {
    const config = world.config === null ? {} : { config: world.config };
    const starting = await Promise.allSettled([
      ServerProcess.start(side, { ...config, jetStream: true }),
      ServerProcess.start(side, { flags: ['--auth', TOKEN] }),
      ServerProcess.start(side, { flags: ['--user', USER, '--pass', PASSWORD] }),
      ServerProcess.start(side, { ...config, jetStream: true }),
      ServerProcess.start(side, config),
    ]);
    const failed = starting.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      for (const one of starting) if (one.status === 'fulfilled') await one.value.stop();
      throw failed.reason;
    }
    const servers = starting.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const set = new ServerSet(servers, world);
    try {
      await cleanStreams(set.main, world);
    } catch (error) {
      await set.stop();
      throw error;
    }
    return set;
  }

  get all(): readonly ServerProcess[] {
    return [this.main, this.token, this.user, this.first, this.second];
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((server) => server.stop()));
  }
}

/** Runs the scenarios against the servers and gathers what the runner prints. */
export async function runScenarios(runner: Runner, servers: ServerSet, scenarios: string): Promise<RunResult> {
  const [program = '', ...rest] = [
    ...runner.run.map((word) => fillPlaces(word, runner)),
    ...runnerOptions(servers, scenarios),
  ];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  const observations: Observation[] = [];
  let errors = '';
  child.on('error', (error) => {
    errors += `${error.message}\n`;
  });
  child.stdin.on('error', (error) => {
    errors += `${error.message}\n`;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-50_000);
  });
  const deadline = setTimeout(() => {
    errors += `The runner did not end within ${RUN_DEADLINE_MS} ms\n`;
    child.kill('SIGKILL');
  }, RUN_DEADLINE_MS);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const message = decodeLine(line);
    if (message === null) errors += `Not an observation: ${line}\n`;
    else if ('ask' in message) {
      const done = await answer(message, servers).catch((error: Error) => error.message);
      if (done !== message.ask) errors += `${message.ask} ${message.server}: ${done}\n`;
      child.stdin.write(`${JSON.stringify({ done })}\n`);
    } else observations.push(message);
  }
  const code = await ended;
  clearTimeout(deadline);
  if (code !== 0) errors += `The runner ended with exit code ${code}\n`;
  return { observations, errors };
}

function runnerOptions(servers: ServerSet, scenarios: string): string[] {
  const options = {
    url: servers.main.url,
    'token-url': servers.token.url,
    token: TOKEN,
    'user-url': servers.user.url,
    user: USER,
    password: PASSWORD,
    first: servers.first.url,
    second: servers.second.url,
    scenario: scenarios,
    ...servers.world.options,
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}

function fillPlaces(word: string, runner: Runner): string {
  return word
    .replace('{node}', process.execPath)
    .replace('{source}', join(clientsFolder, runner.name))
    .replace('{work}', join(peersFolder, 'clients', runner.build))
    .replace('{bin}', join(peersFolder, 'bin'));
}

type Ask = { readonly ask: string; readonly server: string };

function decodeLine(line: string): Observation | Ask | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Observation | Ask;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Does what a runner asks for; the answer is the request's own word when it went well. */
async function answer({ ask, server }: Ask, servers: ServerSet): Promise<string> {
  const target = { main: servers.main, first: servers.first, second: servers.second }[server];
  if (target === undefined) return `there is no server '${server}'`;
  switch (ask) {
    case 'clean':
      return await cleanOrRevive(target, servers.world);
    case 'kill':
      await target.kill();
      return ask;
    case 'start':
      await target.startAgain();
      return ask;
    default:
      return 'the harness does not know how';
  }
}

/** A server that fell over is started again, so that the scenarios after it still say something. */
async function cleanOrRevive(server: ServerProcess, world: ClientWorld): Promise<string> {
  const log = server.hasEnded ? server.log : null;
  if (log !== null) await server.startAgain();
  await cleanStreams(server, world);
  return log === null ? 'clean' : `the server had ended by itself, saying:\n${log}`;
}

/**
 * Leaves one stream, BETWEEN, on the server. It is never the last to go, because the reference removes the directory of
 * an account's last stream a moment after the deletion, and a stream created in that moment fails with 10049.
 * Compat: nats-server stream.go, stop.
 */
async function cleanStreams(server: ServerProcess, world: ClientWorld): Promise<void> {
  const connection = await connect({ servers: server.url, ...world.owner() });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'BETWEEN', subjects: ['between'] });
    for await (const name of manager.streams.names()) {
      if (name !== 'BETWEEN') await manager.streams.delete(name);
    }
  } finally {
    await connection.close();
  }
}
