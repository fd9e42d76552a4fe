// What the command line sees of the world: the person's terminal, files, programs and place, and time. Node's are opened
// by openDoors; tests give their own.
import type { ConfigSource } from '../config/config_source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Files } from '../ports/files.ts';
import type { Network } from '../ports/network.ts';
import type { Place } from '../ports/place.ts';
import type { Programs } from '../ports/programs.ts';
import type { Terminal } from '../ports/terminal.ts';
import type { Threads } from '../ports/threads.ts';
import type { Web } from '../ports/web.ts';

export interface CliDoors {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly terminal: Terminal;
  readonly files: Files;
  readonly programs: Programs;
  readonly place: Place;
  /** Opened by who needs it, as the next one: few commands do, and Node takes time to load what is behind. */
  readonly web: () => Promise<Web>;
  /** For what speaks to servers without the official client: measurements. Always the same one. */
  readonly network: () => Promise<Network>;
  readonly threads: Threads;
  /** The world as the server's configuration sees it: loaded by whoever reads one. */
  readonly configSource: () => Promise<ConfigSource>;
  /** The words that start this command line, whether or not it is on the PATH. */
  readonly program: readonly string[];
  /** Null where there is no such variable. */
  readonly environment: (name: string) => string | null;
}
