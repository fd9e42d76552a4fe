// Three nats-server that keep JetStream together, for what needs a cluster. Test code.
import { freePort, referenceSide, ServerProcess } from './server_process.ts';

const NAMES = ['n1', 'n2', 'n3'] as const;

export interface ClusterOptions {
  /** More of the configuration, the same for each server. */
  readonly config?: string;
}

export class ReferenceCluster {
  readonly servers: readonly ServerProcess[];

  private constructor(servers: readonly ServerProcess[]) {
    this.servers = servers;
  }

  /** Started, not yet with a leader: a JetStream request is answered once there is one. */
  static async start({ config = '' }: ClusterOptions = {}): Promise<ReferenceCluster> {
    const ports = await Promise.all(NAMES.map(() => freePort()));
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
    const servers = await Promise.all(
      NAMES.map((name, index) =>
        ServerProcess.start(referenceSide(), {
          jetStream: true,
          config: `
            server_name: ${name}
            cluster { name: trio, listen: "127.0.0.1:${ports[index]}", routes: [${routes}] }
            ${config}`,
        }),
      ),
    );
    return new ReferenceCluster(servers);
  }

  get url(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
