// Everything that can be asked on the system account and, about themselves, on the others. Joins the tables of requests
// with the accounts they are served on; app/compose.ts starts it when the accounts are there and stops it with the server.

import { serveAccountRequests, serveOwnAccount } from './account_requests.ts';
import type { MonitorFacts, MonitorParts } from './monitor_parts.ts';
import { RequestDesk } from './request_desk.ts';
import { type ServerActions, serveServerRequests } from './server_requests.ts';
import { StatszBroadcast } from './statsz.ts';
import { SystemAnswers } from './system_answers.ts';

export class SystemRequests {
  readonly #parts: MonitorParts;
  readonly #answers: SystemAnswers;
  readonly #statsz: StatszBroadcast;
  readonly #desks = new Set<RequestDesk>();

  constructor(parts: MonitorParts) {
    const { server } = parts;
    this.#parts = parts;
    this.#answers = new SystemAnswers(server.identity);
    this.#statsz = new StatszBroadcast(parts, server.bus(server.systemAccount.name));
  }

  start(monitor: MonitorFacts, actions: ServerActions): void {
    const parts = this.#parts;
    const desk = this.#desk(parts.server.systemAccount.name);
    serveServerRequests(desk, parts, { monitor, statsz: this.#statsz, actions });
    serveAccountRequests(desk, parts);
    parts.server.watchAccounts(({ name }) => this.#serveAccount(name));
    this.#statsz.start();
  }

  #serveAccount(name: string): (() => void) | undefined {
    if (name === this.#parts.server.systemAccount.name) return;
    const desk = this.#desk(name);
    serveOwnAccount(desk, this.#parts);
    return () => this.#desks.delete(desk);
  }

  stop(): void {
    this.#statsz.stop();
    for (const desk of this.#desks) desk.close();
  }

  #desk(account: string): RequestDesk {
    const desk = new RequestDesk(this.#parts, this.#parts.server.bus(account), this.#answers);
    this.#desks.add(desk);
    return desk;
  }
}
