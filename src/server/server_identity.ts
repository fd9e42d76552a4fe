// How this server names itself in everything that it tells the system account: the envelope of answers and events, with
// a number that goes up. Compat: events.go, ServerInfo and internalSendLoop.
import { type GoJsonStruct, omitEmpty } from '../base/go_json.ts';
import { rfc3339NanoOfMs } from '../base/nanos.ts';
import type { Clock } from '../ports/clock.ts';
import type { ServerInfo } from '../wire/info.ts';
import type { ServerOptions } from './server_options.ts';

/** JetStream, stream snapshots in binary form, replication traffic in its own account. Compat: ServerCapability. */
const FLAGS_JETSTREAM = 7;

export interface IdentityParts {
  readonly clock: Clock;
  readonly options: ServerOptions;
  readonly info: ServerInfo;
}

export class ServerIdentity {
  readonly #parts: IdentityParts;
  #sequence = 0;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /** For one message: each has a number of its own. */
  envelope(): GoJsonStruct {
    const { clock, options, info } = this.#parts;
    return {
      ...this.brief(),
      domain: options.domain || undefined,
      ver: options.version,
      tags: omitEmpty(options.tags),
      metadata: omitEmpty(options.metadata),
      feature_flags: options.featureFlags,
      jetstream: info.jetStream,
      flags: info.jetStream ? FLAGS_JETSTREAM : 0,
      seq: ++this.#sequence,
      time: rfc3339NanoOfMs(clock.realtimeMs()),
    };
  }

  /** What never changes. Compat: events.go, ServerID. */
  brief(): GoJsonStruct {
    const { options, info } = this.#parts;
    return { name: options.serverName, host: info.host, id: options.serverId };
  }
}
