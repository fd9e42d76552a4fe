// What every monitoring page is made of. app/compose.ts fills it in; pages read it within one call and change nothing.
import type { Options } from '../config/options.ts';
import type { JetStreamEngine } from '../jetstream/engine.ts';
import type { Host } from '../ports/host.ts';
import type { NetworkAddress } from '../ports/network.ts';
import type { Server } from '../server/server.ts';
import type { CpuMeter } from './cpu_meter.ts';

export interface MonitorParts {
  readonly server: Server;
  readonly host: Host;
  readonly cpu: CpuMeter;
  /** Null while JetStream is off. */
  readonly jetStream: JetStreamParts | null;
  readonly contrailVersion: string;
  readonly configuration: CurrentConfiguration;
}

/** The configuration that holds now: a reload changes it. */
export interface CurrentConfiguration {
  readonly options: Options;
  /** When it was read, Unix milliseconds. */
  readonly loadedAtMs: number;
}

export interface JetStreamParts {
  readonly engine: JetStreamEngine;
  readonly stores: StoreFacts;
}

/** What monitoring asks of the place where streams live. */
export interface StoreFacts {
  readonly directory: string;
  readonly memoryBytesMax: number;
  readonly storeBytesMax: number;
  damages(): readonly StoreDamage[];
}

/** Something that could not be read, and was left alone or is lost. */
export interface StoreDamage {
  readonly account: string;
  readonly stream: string;
  /** Null where it is about the whole stream. */
  readonly consumer: string | null;
  /** A sentence without a period. */
  readonly problem: string;
}

/** How monitoring itself is reached and what it was asked. */
export interface MonitorFacts {
  readonly address: NetworkAddress | null;
  readonly requests: ReadonlyMap<string, number>;
}

/** Of a server that serves no monitoring pages. */
export const NO_MONITOR: MonitorFacts = { address: null, requests: new Map() };
