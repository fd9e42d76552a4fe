import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PASSWORD_CHECKS, type PasswordQuestion } from '../ports/password_checker.ts';
import { passwordCheckerContract } from '../ports/password_checker_contract.ts';
import { NodePasswordChecker, type PasswordThreadEvents } from './node_password_checker.ts';

/** In one test of the contract. */
const CHECKS_MAX = 9;
/** A worker starts, and answers nine questions at the lowest cost: a fraction of this. */
const LIMIT_MS = 30_000;

passwordCheckerContract('node', () => {
  const checker = new NodePasswordChecker();
  const settle = () =>
    new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, LIMIT_MS);
      // Behind the ninth in a queue of its own nothing is left. A closed checker says so at once.
      let left = CHECKS_MAX;
      for (let i = 0; i < CHECKS_MAX; i++) {
        checker.check('settle', { password: '', hash: '' }, () => {
          left--;
          if (left > 0) return;
          clearTimeout(limit);
          resolve();
        });
      }
    });
  return { checker, settle };
});

/** A thread that answers when the test says so. */
class FakeThread {
  readonly asked: string[] = [];
  started = 0;
  stopped = 0;
  events: PasswordThreadEvents | null = null;
  readonly checker = new NodePasswordChecker((events) => {
    this.events = events;
    this.started++;
    return {
      ask: ({ password }: PasswordQuestion) => this.asked.push(password),
      stop: () => this.stopped++,
    };
  });
  readonly answers: string[] = [];

  check(host: string, password: string): () => void {
    return this.checker.check(host, { password, hash: '' }, (isRight) => this.answers.push(`${password} ${isRight}`));
  }
}

test('a flood of passwords from one host delays another one by the one that is being checked', () => {
  const thread = new FakeThread();
  for (let i = 0; i < PASSWORD_CHECKS.itemsPerOwnerMax; i++) thread.check('flood', `wrong ${i}`);
  thread.check('honest', 'right');
  assert.deepEqual(thread.asked, ['wrong 0']);
  thread.events?.answered(false);
  thread.events?.answered(false);
  thread.events?.answered(true);
  assert.deepEqual(thread.answers, ['wrong 0 false', 'wrong 1 false', 'right true']);
  assert.deepEqual(thread.asked, ['wrong 0', 'wrong 1', 'right', 'wrong 2']);
});

test('no more than so many wait for one host, whoever is too many is refused in a later turn', async () => {
  const thread = new FakeThread();
  // One of them does not wait: it is being checked.
  for (let i = 0; i <= PASSWORD_CHECKS.itemsPerOwnerMax; i++) thread.check('flood', 'wrong');
  thread.check('flood', 'late');
  const forget = thread.check('flood', 'gone');
  thread.check('honest', 'right');
  forget();
  assert.deepEqual(thread.answers, []);
  await nextTurn();
  assert.deepEqual(thread.answers, ['late false']);
});

test('who gives up while he is checked hears nothing, and is not checked where he still waits', () => {
  const thread = new FakeThread();
  const [first, second] = ['first', 'second', 'third'].map((password) => thread.check('host', password));
  first?.();
  second?.();
  thread.events?.answered(true);
  thread.events?.answered(true);
  assert.deepEqual([thread.asked, thread.answers], [['first', 'third'], ['third true']]);
});

test('a thread that is gone proves nobody, and another one goes on', () => {
  const thread = new FakeThread();
  for (const password of ['first', 'second']) thread.check('host', password);
  thread.events?.failed();
  assert.deepEqual([thread.answers, thread.started, thread.asked], [['first false'], 2, ['first', 'second']]);
  thread.events?.answered(true);
  assert.deepEqual(thread.answers, ['first false', 'second true']);
  thread.checker.close();
  assert.equal(thread.stopped, 1);
});
