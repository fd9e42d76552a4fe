// Every door of the house in one place: what a composed server is given. Node's are opened in daemon.ts, unreal ones in
// sim/.
import type { Logger } from '../base/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Host } from '../ports/host.ts';
import type { Http } from '../ports/http.ts';
import type { Network } from '../ports/network.ts';
import type { PasswordChecker } from '../ports/password_checker.ts';

/** Everything that a server sees of the world. */
export interface Doors {
  readonly clock: Clock;
  readonly network: Network;
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly host: Host;
  /** This server's own: it is closed with it. */
  readonly passwords: PasswordChecker;
  readonly log: Logger;
  /** Null where nobody monitors over HTTP. */
  readonly http: Http | null;
}
