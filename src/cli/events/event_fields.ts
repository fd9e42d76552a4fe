// An event's JSON as its renderings read it: what is missing, or of another type than it should be, reads as nothing.
import { durationGo } from '../output/human.ts';

export class EventFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // An object of JSON has string keys.
    this.#fields = isObject ? (value as Readonly<Record<string, unknown>>) : {};
  }

  text(key: string): string {
    const value = this.#fields[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }

  count(key: string): number {
    const value = this.#fields[key];
    return typeof value === 'number' ? value : 0;
  }

  isTrue(key: string): boolean {
    return this.#fields[key] === true;
  }

  /** Nanoseconds as Go writes them: `1.5ms`. */
  duration(key: string): string {
    return durationGo(this.count(key));
  }

  part(key: string): EventFields {
    return new EventFields(this.#fields[key]);
  }

  parts(key: string): EventFields[] {
    const value = this.#fields[key];
    return Array.isArray(value) ? value.map((item) => new EventFields(item)) : [];
  }

  texts(key: string): string[] {
    const value = this.#fields[key];
    return Array.isArray(value) ? value.map(String) : [];
  }
}
