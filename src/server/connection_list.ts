// The connections of a server. An array in which the last takes the place of one that leaves, not a Map: a Map that
// entries go through outgrows its table again and again, and V8 lets an outgrown table hold on to what was in it until
// the next full collection. While connections come and go, that made every young collection four times as long.

/** What is listed knows where. */
export interface Listed {
  readonly id: number;
  /** Written by the list alone. */
  listIndex: number;
}

export class ConnectionList<T extends Listed> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(connection: T): void {
    connection.listIndex = this.#all.length;
    this.#all.push(connection);
  }

  /** Nothing happens to one that is not listed. */
  delete(connection: T): void {
    const index = connection.listIndex;
    if (this.#all[index] !== connection) return;
    const last = this.#all.pop() as T;
    if (last === connection) return;
    this.#all[index] = last;
    last.listIndex = index;
  }

  /** Looks at all of them: for what is rare. */
  find(id: number): T | undefined {
    return this.#all.find((connection) => connection.id === id);
  }

  /** A copy, in the order in which they came. */
  values(): T[] {
    return this.inAnyOrder().sort((a, b) => a.id - b.id);
  }

  /** A copy, for what is done so often that nobody should sort for it. */
  inAnyOrder(): T[] {
    return this.#all.slice();
  }
}
