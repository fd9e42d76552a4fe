// What JetStream answers, looked at as little as possible: whether it is a refusal. A refusal becomes the sentence that
// every other command would print.
import { ApiError } from '../client/js_api.ts';
import { CommandError } from '../errors.ts';
import { type Frame, frameStatus, frameText } from './frame_scanner.ts';

/** `{"stream":"`, as every acknowledgement of a stored message begins. */
const GOOD = Buffer.from('{"stream":"');
const ERROR = '"error":';
const NO_RESPONDERS = 503;

/** Throws where a publish was refused. */
export function checkAck(frame: Frame): void {
  const { bytes, payloadStart, payloadEnd } = frame;
  let same = 0;
  while (same < GOOD.length && bytes[payloadStart + same] === GOOD[same]) same++;
  if (same === GOOD.length) return;
  checkAnswer(frame);
  throw new CommandError(`No acknowledgement came back: '${frameText(frame, payloadStart, payloadEnd).slice(0, 100)}'`);
}

/** Throws where an answer is a refusal: in JSON, or as the status of a direct get. */
export function checkAnswer(frame: Frame): void {
  const status = frameStatus(frame);
  if (status >= 400) {
    if (status === NO_RESPONDERS) {
      throw new CommandError('Nobody answers: no stream stores this subject, or there is no JetStream');
    }
    const line = frameText(frame, frame.headerStart, frame.payloadStart).split('\r\n')[0] ?? '';
    throw new CommandError(`The server answers ${line.replace('NATS/1.0 ', '')}`);
  }
  const text = frameText(frame, frame.payloadStart, Math.min(frame.payloadEnd, frame.payloadStart + 4096));
  if (!text.startsWith('{') || !text.includes(ERROR)) return;
  const { error } = JSON.parse(frameText(frame, frame.payloadStart, frame.payloadEnd)) as { error?: object };
  if (error !== undefined) throw new ApiError({ code: 0, err_code: 0, description: '', ...error });
}

/** A header of a frame as text; null where there is none of the name. */
export function frameHeader(frame: Frame, name: string): string | null {
  const block = frameText(frame, frame.headerStart, frame.payloadStart);
  const at = block.indexOf(`\r\n${name}:`);
  if (at < 0) return null;
  const from = at + name.length + 3;
  return block.slice(from, block.indexOf('\r\n', from)).trim();
}
