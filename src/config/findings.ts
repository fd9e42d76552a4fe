// What there is to say about a configuration whose language is right: all of it, not only the first. Filled by the blocks
// while they read, judged by configuration.ts.
import { type ConfigPosition, locatedText } from './config_error.ts';
import type { ConfigSource } from './config_source.ts';
import { goQuote } from './go_text.ts';

export interface Finding {
  /** Null when it is about the configuration as a whole. */
  readonly position: ConfigPosition | null;
  readonly text: string;
}

export class Findings {
  /** Why it is refused. */
  readonly errors: Finding[] = [];
  /** What the reference complains about: `-t` fails, a start goes on. */
  readonly warnings: Finding[] = [];
  /** Parts that Contrail does not have yet: a start is refused by name, `-t` says so and goes on. */
  readonly unsupported: Finding[] = [];
  /** Settings that are understood and change nothing in Contrail. */
  readonly ineffective: Finding[] = [];

  #hasLiteralName = false;
  readonly #checks: ((source: ConfigSource) => void)[] = [];

  /** Something to look at in the world once everything is read. */
  whenRead(check: (source: ConfigSource) => void): void {
    this.#checks.push(check);
  }

  /** Everything is read. */
  lookAround(source: ConfigSource): void {
    for (const check of this.#checks.splice(0)) check(source);
  }

  error(position: ConfigPosition | null, text: string): void {
    this.errors.push({ position, text });
  }

  warning(position: ConfigPosition | null, text: string): void {
    this.warnings.push({ position, text });
  }

  unsupportedPart(position: ConfigPosition | null, name: string): void {
    this.unsupported.push({ position, text: unsupportedText(name) });
  }

  /** A string with `$(NAME)`, which people know from elsewhere. Said once: who has one has many. */
  literalName(position: ConfigPosition, text: string): void {
    if (this.#hasLiteralName) return;
    this.#hasLiteralName = true;
    const advice = 'write $NAME without quotes, or start with --expand_env';
    this.ineffective.push({
      position,
      text: `${goQuote(text)} is taken literally, $(NAME) is not expanded: ${advice}`,
    });
  }

  ineffectiveSetting(position: ConfigPosition, name: string): void {
    this.ineffective.push({ position, text: ineffectiveText(name) });
  }
}

export function unsupportedText(name: string): string {
  return `'${name}' is not supported by this version of Contrail yet${ALTERNATIVES.get(name) ?? ''}`;
}

/** What to do without them. */
const ALTERNATIVES: ReadonlyMap<string, string> = new Map(
  ['cluster', 'gateway', 'leafnodes', 'leaf'].map((name) => [name, ': remove the block to run this server alone']),
);

export function ineffectiveText(name: string): string {
  return `'${name}' has no effect in Contrail`;
}

export function findingText(finding: Finding): string {
  return locatedText(finding.position, finding.text);
}
