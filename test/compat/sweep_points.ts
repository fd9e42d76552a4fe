// Which system calls of which life the kill sweep kills at: every kind, the whole time line, all of a kind that is rare.
// Pure; the same seed chooses the same. Called by kill_sweep_test.ts.
import { Prng } from '../../src/base/prng.ts';
import { isChangingCall } from './sweep_server.ts';

export interface Point {
  /** Name of the life. */
  readonly life: string;
  readonly call: string;
  /** The how-manyth such call, from 1. */
  readonly nth: number;
}

export interface LifeCounts {
  readonly life: string;
  /** Its part of the points, compared with the other lives'. */
  readonly weight: number;
  readonly byCall: ReadonlyMap<string, number>;
}

/** Part of a life's points for calls that change nothing: killed there, a server leaves what the change before left. */
const LOOKING_SHARE = 0.12;

export function choosePoints(lives: readonly LifeCounts[], count: number, seed: number): Point[] {
  const random = new Prng(seed);
  const rooms = lives.map(({ byCall }) => [...byCall.values()].reduce((sum, each) => sum + each, 0));
  const shares = shareOut(
    rooms,
    lives.map(({ weight }) => weight),
    count,
  );
  return lives.flatMap((life, i) => pointsOfLife(life, shares[i] ?? 0, random));
}

function pointsOfLife({ life, byCall }: LifeCounts, count: number, random: Prng): Point[] {
  const calls = [...byCall].sort(([a], [b]) => (a < b ? -1 : 1));
  const looking = calls.filter(([call]) => !isChangingCall(call));
  const changing = calls.filter(([call]) => isChangingCall(call));
  const lookingRoom = sumOf(looking);
  const changingRoom = sumOf(changing);
  const [changingCount = 0, lookingCount = 0] = shareOut(
    [changingRoom, lookingRoom],
    [1 - LOOKING_SHARE, LOOKING_SHARE],
    count,
  );
  const points: Point[] = [];
  for (const [group, share] of [
    [changing, changingCount],
    [looking, lookingCount],
  ] as const) {
    const shares = shareOut(
      group.map(([, room]) => room),
      group.map(() => 1),
      share,
    );
    for (const [i, [call, room]] of group.entries())
      for (const nth of spread(room, shares[i] ?? 0, random)) points.push({ life, call, nth });
  }
  return points;
}

function sumOf(calls: readonly (readonly [string, number])[]): number {
  return calls.reduce((sum, [, room]) => sum + room, 0);
}

/** Parts of `count` by weight, none larger than its room; what one cannot take the others get. */
export function shareOut(rooms: readonly number[], weights: readonly number[], count: number): number[] {
  const shares = rooms.map(() => 0);
  let left = Math.min(
    count,
    rooms.reduce((sum, room) => sum + room, 0),
  );
  while (left > 0) {
    // One by one to whoever is furthest behind its weight: a few hundred steps, and no rounding to argue about.
    let best = -1;
    for (const [i, room] of rooms.entries()) {
      const [share = 0, weight = 1] = [shares[i], weights[i]];
      if (share >= room || weight <= 0) continue;
      if (best < 0 || (share + 1) / weight < ((shares[best] ?? 0) + 1) / (weights[best] ?? 1)) best = i;
    }
    if (best < 0) break;
    shares[best] = (shares[best] ?? 0) + 1;
    left--;
  }
  return shares;
}

/** `count` different numbers of 1 .. room, one from each of as many equal parts. */
export function spread(room: number, count: number, random: Prng): number[] {
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * room) / count);
    const to = Math.floor(((i + 1) * room) / count);
    return from + random.below(to - from) + 1;
  });
}
