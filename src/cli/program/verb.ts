// What the registry knows of a top verb before its code is loaded: enough for help, suggestions and completion. The
// code comes with `load`, so that a command pays for no other.
import type { Node } from '../command.ts';

export interface Verb {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly isHidden?: boolean;
  /** Not in this version yet. */
  readonly isLater?: boolean;
  readonly load: () => Promise<Node>;
}

/** A verb with a command line of its own kind (`serve` has nats-server's flags): it gets its words as they are. */
export interface RawVerb {
  readonly name: string;
  readonly summary: string;
  /** Whose flags it takes. */
  readonly flagsOf: string;
  readonly run: (words: readonly string[]) => Promise<void>;
}
