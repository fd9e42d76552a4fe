// The door to where the person is: the time zone that times are shown in, and what the machine's resolver knows.
// Body: node/node_place.ts.

export interface Place {
  /** Minutes that local time is ahead of UTC at a Unix time in milliseconds. */
  offsetMinutesAt(ms: number): number;
  /** Every address of a host name; none where nobody knows it. */
  addressesOf(hostName: string): Promise<string[]>;
}
