// A CPU profile of this process through V8's inspector, one at a time. Called by node_host.ts.
import { Session } from 'node:inspector/promises';

let isProfiling = false;

/** JSON as `.cpuprofile` files have it. Rejects while another one is taken. */
export async function takeCpuProfile(durationMs: number): Promise<Uint8Array> {
  if (isProfiling) throw new Error('cpu profiling already in use');
  isProfiling = true;
  const session = new Session();
  try {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    const { profile } = await session.post('Profiler.stop');
    return Buffer.from(JSON.stringify(profile));
  } finally {
    session.disconnect();
    isProfiling = false;
  }
}
