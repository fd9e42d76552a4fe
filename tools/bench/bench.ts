// `npm run bench`: measures our server and the reference, alternating, in one run, and prints and writes the figures.
// README.md beside it says how to read them. It decides the arguments and the order; rows, runs and report are others'.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BenchDocument, encodeDocument, formatNumber, ratioOf, renderReport, summarize } from './bench_report.ts';
import { type RowResult, type RunWorld, runLoadRow, runProcessRow } from './bench_run.ts';
import type { Side } from './bench_server.ts';
import { Blaster, buildBlaster } from './blaster.ts';
import { CONNECTION_ROWS } from './connection_rows.ts';
import { CORE_ROWS } from './core_rows.ts';
import { probeDisk } from './disk_probe.ts';
import { JETSTREAM_ROWS } from './jetstream_rows.ts';
import { readMachineFacts, versionOf } from './machine_facts.ts';
import { NatsBench } from './nats_bench.ts';
import { ProcessKeeper } from './process_keeper.ts';
import { PROCESS_ROWS } from './process_rows.ts';
import { selectRows } from './row_selection.ts';

const USAGE = `npm run bench -- [--rows a,b] [--runs 5] [--json FILE] [--dir DIR] [--quick] [--pin] [--list]
  --rows   only these: a group (core service js kv process memory connections) or the beginning of a row's name
  --runs   measured runs of each side; one more is made and dropped
  --dir    where the servers store (default: bench-results/, so on the file system of this clone)
  --quick  a tenth of the messages and two runs: for a first look, not for figures
  --pin    servers on the first half of the cores, load generators on the second
Environment: CONTRAIL_SERVER replaces our server's command, CONTRAIL_PEERS is another folder than .peers`;

/** This file runs as dist/tools/bench/bench.js. */
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const QUICK_DIVISOR = 10;

function fail(message: string): never {
  console.error(`contrail: ${message}`);
  process.exit(1);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        rows: { type: 'string', default: '' },
        runs: { type: 'string' },
        json: { type: 'string' },
        dir: { type: 'string', default: join(root, 'bench-results') },
        quick: { type: 'boolean', default: false },
        pin: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function findSides(peers: string): Side[] {
  const reference = join(peers, 'nats-server');
  for (const program of [reference, join(peers, 'nats')]) {
    if (!existsSync(program)) fail(`cannot find '${program}': run 'npm run peers' (it needs Go)`);
  }
  const override = process.env.CONTRAIL_SERVER?.split(/\s+/).filter((word) => word !== '') ?? [];
  const own = join(root, 'dist', 'src', 'app', 'contrail_server.js');
  if (override.length === 0 && !existsSync(own))
    fail(`cannot find our server at '${own}': build it, or set CONTRAIL_SERVER`);
  const ours = override.length > 0 ? override : [process.execPath, own];
  return [
    { name: 'ours', command: ours, version: versionOf(ours) },
    { name: 'reference', command: [reference], version: versionOf([reference]) },
  ];
}

function printRow(result: RowResult, seconds: number): void {
  if (result.failure !== null) {
    console.log(`${result.name.padEnd(36)} not measured: ${result.failure}`);
    return;
  }
  const [ours, reference] = [summarize(result.runs.ours), summarize(result.runs.reference)];
  const figures = [ours, reference].map((side) => formatNumber(side?.median ?? Number.NaN).padStart(12)).join(' |');
  const ratio = `${(ratioOf(result) ?? Number.NaN).toFixed(2)}x`;
  console.log(
    `${result.name.padEnd(36)} ${figures} ${result.unit.padEnd(5)} ${ratio.padStart(7)}   (${seconds.toFixed(0)} s)`,
  );
}

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) return console.log(USAGE);
  const loadRows = selectRows([...CORE_ROWS, ...JETSTREAM_ROWS], options.rows);
  const processRows = selectRows([...PROCESS_ROWS, ...CONNECTION_ROWS], options.rows).filter(
    (row) => !row.slow || options.rows !== '',
  );
  const names = [...loadRows, ...processRows].map((row) => row.name);
  if (names.length === 0) fail(`no row matches '${options.rows}'; --list prints them`);
  if (options.list) return console.log(names.join('\n'));
  const runs = Number(options.runs ?? (options.quick ? 2 : 5));
  if (!Number.isInteger(runs) || runs < 1 || runs > 100) fail(`--runs must be 1 to 100, not '${options.runs}'`);

  const peers = join(resolve(process.env.CONTRAIL_PEERS ?? join(root, '.peers')), 'bin');
  const sides = findSides(peers);
  const folder = join(resolve(options.dir), `work-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const keeper = new ProcessKeeper();
  const leave = (code: number): void => {
    keeper.killAll();
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leave(130));

  const half = availableParallelism() >> 1;
  const pinned = options.pin && half > 0;
  const prefix = pinned ? ['taskset', '-c', `${half}-${availableParallelism() - 1}`] : [];
  const blaster = buildBlaster(join(root, 'tools', 'bench', 'blaster'), join(root, '.peers', 'bin', 'blaster'));
  if (blaster === null)
    console.log("contrail: Go is not installed: rows that need the load generator 'blaster' are left out");
  const divisor = options.quick ? QUICK_DIVISOR : 1;
  const world: RunWorld = {
    keeper,
    sides,
    runs,
    folder,
    serverCores: pinned ? `0-${half - 1}` : '',
    generators: {
      blaster: blaster === null ? null : new Blaster(keeper, [...prefix, blaster]),
      natsBench: new NatsBench(keeper, [...prefix, join(peers, 'nats')], folder),
      divisor,
    },
  };
  const startedAt = new Date();
  const [ours, reference] = sides.map((side) => side.version);
  const versions = {
    ours: ours ?? '',
    reference: reference ?? '',
    nats: versionOf([join(peers, 'nats')]),
    node: process.version,
  };
  const machine = readMachineFacts(folder, versions);
  const disk = [probeDisk(folder, 200), probeDisk(folder, 65_536)];
  console.log(`${names.length} rows, ${runs} + 1 runs each; ours | reference, medians\n`);

  const rows: RowResult[] = [];
  const take = async (run: Promise<RowResult>): Promise<void> => {
    const begun = performance.now();
    const result = await run;
    rows.push(result);
    printRow(result, (performance.now() - begun) / 1000);
  };
  for (const row of loadRows) {
    if (row.tool === 'nats bench' || blaster !== null) await take(runLoadRow(row, world));
  }
  for (const row of processRows) await take(runProcessRow(row, world));
  rmSync(folder, { recursive: true, force: true });

  const serverOverride = process.env.CONTRAIL_SERVER ?? null;
  const document: BenchDocument = {
    startedAt: startedAt.toISOString(),
    machine,
    disk,
    runs,
    divisor,
    pinned,
    serverOverride,
    rows,
  };
  const stamp = startedAt.toISOString().replace(/[-:]|\.\d+/g, '');
  const path = resolve(options.json ?? join(root, 'bench-results', `bench-${stamp}.json`));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodeDocument(document));
  console.log(`\n${renderReport(document)}\n\nwritten to ${path}`);
  if (rows.some((row) => row.failure !== null)) process.exitCode = 1;
}

await main();
