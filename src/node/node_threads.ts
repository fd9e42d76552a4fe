// ports/threads over node:worker_threads, and the port that the thread's own program finds.
import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Thread, ThreadPort, Threads } from '../ports/threads.ts';

export class NodeThreads implements Threads {
  get cores(): number {
    return availableParallelism();
  }

  start(program: URL): Thread {
    const worker = new Worker(program);
    return {
      post: (message) => worker.postMessage(message),
      onMessage: (callback) => worker.on('message', callback),
      onEnd: (callback) => {
        let failure: Error | null = null;
        worker.on('error', (error) => {
          failure = error;
        });
        worker.on('exit', () => callback(failure));
      },
      end: () => {
        worker.terminate().catch(() => undefined);
      },
    };
  }
}

/** In a thread: the port to whoever has started it. */
export function parentThread(): ThreadPort {
  const port = parentPort;
  assert(port !== null, 'this program is started as a thread');
  return {
    post: (message) => port.postMessage(message),
    onMessage: (callback) => port.on('message', callback),
  };
}
