import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { subjectMatches } from './subject.ts';
import { SUBLIST_CACHE_SLOTS, Sublist, type SublistEntry } from './sublist.ts';

const encoder = new TextEncoder();

interface Entry extends SublistEntry {
  readonly id: number;
  readonly text: string;
}

let nextId = 0;

function entry(text: string, queue: string | null = null): Entry {
  return { id: nextId++, text, subject: encoder.encode(text), queue };
}

function found(list: Sublist<Entry>, subject: string): { plain: number[]; queues: number[][] } {
  const bytes = encoder.encode(`<${subject}>`);
  const result = list.match(bytes, 1, bytes.length - 1);
  return {
    plain: result.plain.map((one) => one.id).sort((a, b) => a - b),
    queues: result.queues
      .map((members) => members.map((one) => one.id).sort((a, b) => a - b))
      .sort((a, b) => (a[0] as number) - (b[0] as number)),
  };
}

/** What any correct list must find, by comparing every entry. */
function expected(entries: readonly Entry[], subject: string): { plain: number[]; queues: number[][] } {
  const matching = entries.filter((one) => subjectMatches(subject, one.text));
  const groups = new Map<string, number[]>();
  for (const one of matching) if (one.queue !== null) groups.set(one.queue, [...(groups.get(one.queue) ?? []), one.id]);
  return {
    plain: matching
      .filter((one) => one.queue === null)
      .map((one) => one.id)
      .sort((a, b) => a - b),
    queues: [...groups.values()]
      .map((ids) => ids.sort((a, b) => a - b))
      .sort((a, b) => (a[0] as number) - (b[0] as number)),
  };
}

test('sublist.match() finds literals, * for one token and > for one or more', () => {
  const list = new Sublist<Entry>();
  const entries = ['foo', 'foo.bar', 'foo.*', 'foo.>', '*.bar', '>', '*'].map((text) => entry(text));
  for (const one of entries) list.insert(one);
  for (const subject of ['foo', 'foo.bar', 'foo.baz', 'foo.bar.baz', 'x', 'x.bar']) {
    assert.deepEqual(found(list, subject), expected(entries, subject), subject);
  }
});

test('sublist.match() finds nobody for a subject with an empty token', () => {
  const list = new Sublist<Entry>();
  list.insert(entry('>'));
  list.insert(entry('foo.*'));
  for (const subject of ['', '.', 'foo.', '.foo', 'foo..bar'])
    assert.deepEqual(found(list, subject), { plain: [], queues: [] });
});

test('sublist.match() puts members of one queue group together whatever patterns they used', () => {
  const list = new Sublist<Entry>();
  const entries = [entry('foo.bar', 'q'), entry('foo.*', 'q'), entry('foo.>', 'r'), entry('foo.bar')];
  for (const one of entries) list.insert(one);
  assert.deepEqual(found(list, 'foo.bar'), expected(entries, 'foo.bar'));
});

test('sublist.match() skips a queue group whose last member left', () => {
  const list = new Sublist<Entry>();
  const member = entry('foo', 'q');
  list.insert(member);
  assert.ok(list.remove(member));
  assert.deepEqual(found(list, 'foo'), { plain: [], queues: [] });
  assert.equal(list.count, 0);
});

test('sublist.remove() says no for a subscription that is not there', () => {
  const list = new Sublist<Entry>();
  list.insert(entry('foo'));
  assert.equal(list.remove(entry('foo')), false);
  assert.equal(list.remove(entry('foo.bar')), false);
  assert.equal(list.count, 1);
});

test('sublist.match() gives the same object again until a subscription changes', () => {
  const list = new Sublist<Entry>();
  list.insert(entry('foo.*'));
  list.insert(entry('foo.bar'));
  const bytes = encoder.encode('foo.bar');
  const first = list.match(bytes, 0, bytes.length);
  assert.equal(list.match(bytes, 0, bytes.length), first);
  const generation = list.generation;
  list.insert(entry('unrelated'));
  assert.notEqual(list.generation, generation);
  assert.notEqual(list.match(bytes, 0, bytes.length), first);
});

test('sublist.match() does not take a result for one inbox token as that of a deeper subject', () => {
  const list = new Sublist<Entry>();
  const inbox = entry('_INBOX.abc.*');
  list.insert(inbox);
  list.insert(entry('other.thing'));
  for (let i = 0; i < 10; i++) assert.deepEqual(found(list, `_INBOX.abc.${i}`).plain, [inbox.id]);
  assert.deepEqual(found(list, '_INBOX.abc.1.2').plain, []);
  assert.deepEqual(found(list, '_INBOX.abc').plain, []);
  assert.deepEqual(found(list, '_INBOX.abd.1').plain, []);
});

test('sublist.match() forgets nothing when more subjects come than the cache holds', () => {
  const list = new Sublist<Entry>();
  const entries = [entry('many.*'), entry('many.7')];
  for (const one of entries) list.insert(one);
  for (let i = 0; i < SUBLIST_CACHE_SLOTS * 2; i++) {
    const subject = `many.${i}`;
    assert.deepEqual(found(list, subject), expected(entries, subject));
  }
});

test('sublist agrees with comparing every subscription, through any series of inserts and removes', () => {
  const token = fc.constantFrom('a', 'b', 'c', 'dd', '*');
  const pattern = fc
    .tuple(fc.array(token, { minLength: 0, maxLength: 3 }), fc.constantFrom('', 'a', 'b', '*', '>'))
    .map(([tokens, last]) => [...tokens, last === '' ? 'a' : last].join('.'));
  const subject = fc
    .array(fc.constantFrom('a', 'b', 'c', 'dd', 'e'), { minLength: 1, maxLength: 4 })
    .map((t) => t.join('.'));
  const step = fc.oneof(
    fc.record({ insert: pattern, queue: fc.constantFrom(null, null, 'q', 'r') }),
    fc.record({ remove: fc.nat() }),
    fc.record({ match: subject }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new Sublist<Entry>();
      const entries: Entry[] = [];
      for (const one of steps) {
        if ('insert' in one) {
          const added = entry(one.insert, one.queue);
          entries.push(added);
          list.insert(added);
        } else if ('remove' in one) {
          const [gone] = entries.splice(one.remove % Math.max(1, entries.length), 1);
          if (gone !== undefined) assert.ok(list.remove(gone));
        } else assert.deepEqual(found(list, one.match), expected(entries, one.match));
      }
      assert.equal(list.count, entries.length);
      for (const one of entries) list.remove(one);
      let left = 0;
      list.forEach(() => {
        left++;
      });
      assert.equal(left, 0);
    }),
    { numRuns: 300 },
  );
});
