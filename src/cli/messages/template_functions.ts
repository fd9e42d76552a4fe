// The functions that bodies, subjects and headers may call between {{ and }}: counters, times, ids, random text.
// Compat: natscli internal/util/headers.go, PubReplyBodyTemplate.

import { rfc3339NanoOfMs } from '../../base/nanos.ts';
import { Nuid } from '../../base/nuid.ts';
import { CommandError } from '../errors.ts';
import { expandTemplate, type TemplateFunction, type TemplateFunctions } from '../input/template.ts';
import { timeText } from '../output/human.ts';
import type { Session } from '../session.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const RANDOM_LENGTH_MAX = 16 * 1024 * 1024;

export class MessageTemplates {
  readonly #session: Session;
  readonly #nuid: Nuid;

  constructor(session: Session) {
    this.#session = session;
    this.#nuid = new Nuid(session.doors.entropy);
  }

  /** Tells on standard error what cannot be expanded, and gives the text as it stands. */
  expand(text: string, what: string, count: number, request: string | null = null): string {
    if (!text.includes('{{')) return text;
    const expanded = expandTemplate(text, this.#functions(count, request));
    if (expanded.ok) return expanded.value;
    this.#session.log(`Could not parse ${what} template: ${expanded.error}`);
    return text;
  }

  #functions(count: number, request: string | null): TemplateFunctions {
    const nowMs = this.#session.nowMs();
    const offset = this.#session.doors.place.offsetMinutesAt(nowMs);
    const functions = new Map<string, TemplateFunction>([
      ['Count', () => String(count)],
      ['Cnt', () => String(count)],
      ['Unix', () => String(Math.floor(nowMs / 1000))],
      ['UnixNano', () => String(BigInt(Math.floor(nowMs * 1000)) * 1000n)],
      ['TimeStamp', () => stampText(nowMs, offset)],
      ['Time', () => kitchenText(nowMs, offset)],
      ['ID', () => this.#nuid.next()],
      ['Random', (shortest = 0, longest = 0) => this.#random(Number(shortest), Number(longest))],
    ]);
    if (request !== null) functions.set('Request', () => request);
    return functions;
  }

  #random(shortest: number, longest: number): string {
    const [low, high] = shortest <= longest ? [shortest, longest] : [longest, shortest];
    if (!(low >= 0 && high <= RANDOM_LENGTH_MAX)) {
      throw new CommandError(`{{ Random ${shortest} ${longest} }}: lengths go from 0 to ${RANDOM_LENGTH_MAX}`);
    }
    const length = low + this.below(high - low + 1);
    let text = '';
    const bytes = new Uint8Array(length);
    this.#session.doors.entropy.fill(bytes);
    for (const byte of bytes) text += LETTERS.charAt(byte % LETTERS.length);
    return text;
  }

  /** A whole number from 0 up to, not with, the limit. */
  below(limit: number): number {
    const bytes = new Uint8Array(6);
    this.#session.doors.entropy.fill(bytes);
    return bytes.reduce((value, byte) => value * 256 + byte, 0) % Math.max(1, limit);
  }
}

/** RFC 3339 in local time, whole seconds. */
function stampText(ms: number, offsetMinutes: number): string {
  if (offsetMinutes === 0) return rfc3339NanoOfMs(Math.floor(ms / 1000) * 1000);
  const size = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return timeText(ms, offsetMinutes).replace(' ', 'T') + zone;
}

/** `3:04PM`. */
function kitchenText(ms: number, offsetMinutes: number): string {
  const [, hour = '0', minute = '00'] = / (\d\d):(\d\d)/.exec(timeText(ms, offsetMinutes)) ?? [];
  return `${((Number(hour) + 11) % 12) + 1}:${minute}${Number(hour) < 12 ? 'AM' : 'PM'}`;
}
