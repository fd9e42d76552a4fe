// Other programs, started without a shell. Called through ports/programs.ts.
import { spawn } from 'node:child_process';
import { errorText, OperatingError } from '../base/errors.ts';
import type { ProgramOptions, ProgramResult, Programs } from '../ports/programs.ts';
import { errnoOf } from './_disk_error.ts';

export class NodePrograms implements Programs {
  run(words: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
    const [program = '', ...args] = words;
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        env: { ...process.env, ...options.environment },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const all: Buffer[] = [];
      const standard: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => {
        all.push(chunk);
        standard.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => all.push(chunk));
      // A program that does not read its input is no failure; how it ends is told by its code.
      child.stdin.on('error', () => child.stdin.destroy());
      child.on('error', (error) => reject(programError(program, error)));
      child.on('close', (code) => {
        resolve({ code, output: Buffer.concat(all), standardOutput: Buffer.concat(standard) });
      });
      child.stdin.end(options.input ?? new Uint8Array(0));
    });
  }

  runInTerminal(words: readonly string[]): Promise<number | null> {
    const [program = '', ...args] = words;
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: 'inherit' });
      child.on('error', (error) => reject(programError(program, error)));
      child.on('close', (code) => resolve(code));
    });
  }
}

function programError(program: string, error: unknown): OperatingError {
  const isMissing = errnoOf(error) === 'ENOENT';
  const reason = isMissing ? 'there is no such program' : errorText(error);
  return new OperatingError(isMissing ? 'PROGRAM_NOT_FOUND' : 'PROGRAM_OTHER', `Cannot run '${program}': ${reason}`, {
    cause: error,
  });
}
