// Which handler answers which endpoint: the words of its subject, and how many names follow them.
import type { AnswerKind, ApiAnswer, ApiHandler, ApiRequest } from './api_request.ts';

export interface Route {
  /** The endpoint's words behind `$JS.API.`, with dots. */
  readonly words: string;
  /** Tokens that follow; with `more`, at least so many. */
  readonly names: number;
  readonly more?: boolean;
  readonly kind: AnswerKind;
  readonly handler: ApiHandler;
  /** What the reference looks at before the API level that a request demands; null to go on. */
  readonly beforeLevel?: (request: ApiRequest) => ApiAnswer | null;
}

export interface FoundRoute {
  readonly route: Route;
  readonly names: readonly string[];
}

/** The most words an endpoint has. */
const WORDS_MAX = 3;

export class RouteTable {
  readonly #byWords = new Map<string, Route[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const same = this.#byWords.get(route.words);
      if (same === undefined) this.#byWords.set(route.words, [route]);
      else same.push(route);
    }
  }

  /** `endpoint` is the subject behind `$JS.API.`. */
  find(endpoint: string): FoundRoute | null {
    const tokens = endpoint.split('.');
    for (let count = Math.min(WORDS_MAX, tokens.length); count > 0; count--) {
      const names = tokens.slice(count);
      for (const route of this.#byWords.get(tokens.slice(0, count).join('.')) ?? []) {
        if (names.length === route.names || (route.more === true && names.length > route.names))
          return { route, names };
      }
    }
    return null;
  }
}
