// What every body of ports/password_checker must do. Called by the tests of the real one and of the simulated one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PasswordChecker } from './password_checker.ts';

/** bcrypt of `right`, at the lowest cost. */
const HASH = '$2a$04$vzq6CJo5N4VhlBxYAo80ZeRezB5KSHdjMrjL6yyeX0.me/mg.v2yi';
const RIGHT = { password: 'right', hash: HASH };

export interface CheckerWorld {
  readonly checker: PasswordChecker;
  /** Lets answers come that are due. */
  settle(): Promise<void>;
}

export function passwordCheckerContract(body: string, makeWorld: () => CheckerWorld): void {
  test(`${body}: only the right password is right, whatever version the hash says it has`, async () => {
    const { checker, settle } = makeWorld();
    const answers = new Map<string, boolean>();
    const ask = (name: string, password: string, hash: string) =>
      checker.check('host', { password, hash }, (isRight) => answers.set(name, isRight));
    for (const version of ['2a', '2b', '2y', '2x']) ask(version, 'right', HASH.replace('2a', version));
    ask('wrong', 'wrong', HASH);
    ask('empty', '', HASH);
    ask('hash', HASH, HASH);
    ask('broken', 'right', '$2a$04$broken');
    ask('no hash', 'right', 'right');
    assert.equal(answers.size, 0, 'answers come later');
    await settle();
    assert.deepEqual(
      [...answers]
        .filter(([, isRight]) => isRight)
        .map(([name]) => name)
        .sort(),
      ['2a', '2b', '2x', '2y'],
    );
    assert.equal(answers.size, 9);
    checker.close();
  });

  test(`${body}: whoever loses interest hears nothing, and the others still do`, async () => {
    const { checker, settle } = makeWorld();
    const answers: string[] = [];
    const cancels = ['a', 'b', 'c'].map((name) => checker.check('host', RIGHT, () => answers.push(name)));
    cancels[0]?.();
    cancels[1]?.();
    await settle();
    assert.deepEqual(answers, ['c']);
    cancels[2]?.();
    checker.close();
  });

  test(`${body}: a host that asks much waits for itself, and the others take turns with it`, async () => {
    const { checker, settle } = makeWorld();
    const answers: string[] = [];
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) {
      checker.check(name.slice(0, 1), RIGHT, () => answers.push(name));
    }
    await settle();
    assert.deepEqual(answers, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
    checker.close();
  });

  test(`${body}: nothing is answered once it is closed`, async () => {
    const { checker, settle } = makeWorld();
    const answers: boolean[] = [];
    checker.check('host', RIGHT, (isRight) => answers.push(isRight));
    checker.close();
    await settle();
    assert.deepEqual(answers, []);
  });
}
