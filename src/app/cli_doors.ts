// Node's doors for the command line.
import type { CliDoors } from '../cli/doors.ts';
import { NodeClock } from '../node/node_clock.ts';
import { NodeEntropy } from '../node/node_entropy.ts';
import { NodeFiles } from '../node/node_files.ts';
import { NodePlace } from '../node/node_place.ts';
import { NodePrograms } from '../node/node_programs.ts';
import { NodeTerminal } from '../node/node_terminal.ts';
import { NodeThreads } from '../node/node_threads.ts';
import type { Network } from '../ports/network.ts';

export function openDoors(): CliDoors {
  let network: Promise<Network> | null = null;
  return {
    clock: new NodeClock(),
    entropy: new NodeEntropy(),
    terminal: new NodeTerminal(),
    files: new NodeFiles(),
    programs: new NodePrograms(),
    place: new NodePlace(),
    web: async () => new (await import('../node/node_web.ts')).NodeWeb(),
    network: () => {
      network ??= import('../node/node_network.ts').then(({ NodeNetwork }) => new NodeNetwork());
      return network;
    },
    threads: new NodeThreads(),
    configSource: async () => new (await import('../node/node_config_source.ts')).NodeConfigSource(),
    program: [process.execPath, ...process.argv.slice(1, 2)],
    environment: (name) => process.env[name] ?? null,
  };
}
