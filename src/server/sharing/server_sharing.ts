// Sharing between all accounts of a server: gives each account that exports or imports its part, at the start and whenever
// the configuration changes. Called by app/.
import { Nuid } from '../../base/nuid.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { SharedAccount } from '../../subject/shared_account.ts';
import type { Account, AccountWatcher } from '../account.ts';
import type { QueuePick } from '../deliver.ts';
import { AccountSharing } from './account_sharing.ts';
import { RelayFrames } from './relay_frames.ts';
import type { SharingContext } from './sharing_context.ts';

export interface SharingServer {
  readonly clock: Clock;
  readonly pick: QueuePick;
  readonly options: { readonly serverName: string };
  account(name: string): Account;
  watchAccounts(watcher: AccountWatcher): () => void;
}

export class ServerSharing {
  readonly #server: SharingServer;
  readonly #context: SharingContext;
  readonly #accounts = new Map<string, AccountSharing>();

  /** `systemAccount`: the name of the account that is that now; null where there is none. */
  constructor(server: SharingServer, entropy: Entropy, systemAccount: () => string | null) {
    this.#server = server;
    const ids = new Nuid(entropy);
    this.#context = {
      clock: server.clock,
      entropy,
      pick: server.pick,
      frames: new RelayFrames(),
      names: { server: server.options.serverName, cluster: '' },
      isSystemAccount: (account) => account.name === systemAccount(),
      eventId: () => ids.next(),
    };
    // One that comes back is another account, even of the same name.
    server.watchAccounts(
      ({ name }) =>
        () =>
          this.#forget(name),
    );
  }

  /** From now on accounts share this and nothing else. */
  configure(shared: ReadonlyMap<string, SharedAccount>): void {
    const names = new Set(this.#accounts.keys());
    for (const [name, account] of shared) if (account.isShared) names.add(name);
    for (const name of names) this.#of(name).configure(shared.get(name) ?? new SharedAccount(name));
  }

  close(): void {
    for (const sharing of this.#accounts.values()) sharing.close();
  }

  #forget(name: string): void {
    this.#accounts.get(name)?.end();
    this.#accounts.delete(name);
  }

  #of(name: string): AccountSharing {
    let sharing = this.#accounts.get(name);
    if (sharing === undefined) {
      const account = this.#server.account(name);
      sharing = new AccountSharing(account, this.#context, (other) => this.#of(other));
      account.sharing = sharing;
      this.#accounts.set(name, sharing);
    }
    return sharing;
  }
}
