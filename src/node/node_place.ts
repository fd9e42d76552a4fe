// The time zone of this process and the names that its machine can resolve. Called through ports/place.ts.
import { lookup } from 'node:dns/promises';
import type { Place } from '../ports/place.ts';

export class NodePlace implements Place {
  offsetMinutesAt(ms: number): number {
    return -new Date(ms).getTimezoneOffset();
  }

  async addressesOf(hostName: string): Promise<string[]> {
    try {
      const found = await lookup(hostName, { all: true });
      return found.map(({ address }) => address);
    } catch {
      // Whoever connects by the name is told why that fails.
      return [];
    }
  }
}
