// What the kernel knows about processes: CPU time and resident memory from /proc (Linux only). It decides nothing
// and averages nothing; the bench reads it before and after each run.
import { readFileSync } from 'node:fs';

/** The kernel's user-visible tick: USER_HZ is 100 on every Linux port. */
const TICKS_PER_SECOND = 100;

/** The numbers of /proc/PID/stat behind the command name; index 0 is the parent's pid. */
function readStat(pid: number | 'self'): number[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name may hold spaces and parentheses; the last one ends it, then comes a state letter.
  return text
    .slice(text.lastIndexOf(')') + 4)
    .split(' ')
    .map(Number);
}

function ticksToSeconds(stat: number[], user: number, system: number): number {
  return ((stat[user] ?? 0) + (stat[system] ?? 0)) / TICKS_PER_SECOND;
}

/** utime + stime of all threads of a process, ended ones included. */
export function cpuSeconds(pid: number): number {
  return ticksToSeconds(readStat(pid), 10, 11);
}

/** cutime + cstime: CPU of this process's children that have ended. */
export function endedChildrenCpuSeconds(): number {
  return ticksToSeconds(readStat('self'), 12, 13);
}

/** CPU of the whole machine that was not idle, all cores together. */
export function machineCpuSeconds(): number {
  const line = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

export interface ResidentMemory {
  /** VmRSS: everything of the process that is in memory. */
  readonly totalBytes: number;
  /** RssAnon: the part that is not a mapped file. */
  readonly anonymousBytes: number;
}

export function residentMemory(pid: number): ResidentMemory {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string): number =>
    Number(text.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) * 1024;
  return { totalBytes: field('VmRSS'), anonymousBytes: field('RssAnon') };
}
