// JetStream of one account on a simulated disk, without a server around it: for tests of what is on the disk afterwards.
import { JetStreamStores } from '../app/jetstream_stores.ts';
import { SILENT_LOGGER } from '../base/log.ts';
import type { SyncInterval } from '../config/options.ts';
import type { EngineParts } from '../jetstream/account.ts';
import { JetStreamEngine } from '../jetstream/engine.ts';
import { TestingBus, testingParts } from '../jetstream/testing_bus.ts';
import type { Scheduler } from './scheduler.ts';
import { SimClock } from './sim_clock.ts';
import type { SimDisk } from './sim_disk.ts';
import { SimEntropy } from './sim_entropy.ts';
import { SimHost } from './sim_host.ts';
import { SimNetwork } from './sim_network.ts';

export interface SimJetStream {
  readonly engine: JetStreamEngine;
  readonly bus: TestingBus;
}

/** Resolves while the scheduler runs. `more` is what the engine has besides the parts for tests. */
export async function startSimJetStream(
  { scheduler, disk }: { readonly scheduler: Scheduler; readonly disk: SimDisk },
  sync: SyncInterval,
  more: Partial<EngineParts> = {},
): Promise<SimJetStream> {
  const { life } = disk;
  const clock = new SimClock({ scheduler, life });
  const stores = await JetStreamStores.open({
    clock,
    network: new SimNetwork({ scheduler }).host('server', life),
    disk,
    entropy: new SimEntropy(scheduler, life),
    host: new SimHost({ scheduler, life }),
    log: SILENT_LOGGER,
    http: null,
    directory: '/data',
    serverName: 'server',
    sync,
    memoryBytesMax: Number.MAX_SAFE_INTEGER,
    storeBytesMax: Number.MAX_SAFE_INTEGER,
  });
  const engine = new JetStreamEngine({ ...testingParts(clock, stores), ...more });
  const bus = new TestingBus('$G');
  await engine.enable(bus);
  return { engine, bus };
}
