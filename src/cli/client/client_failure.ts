// What the official client's packages throw, as this command line's own errors: the server's refusals with their number
// and what to do, silence and missing permissions as sentences.
import { JetStreamApiError } from '@nats-io/jetstream';
import { CommandError } from '../errors.ts';
import { ApiError, requestFailure } from './js_api.ts';

/** `subject` is what was asked or published. */
export function clientFailure(error: unknown, subject: string, timeoutMs: number): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof JetStreamApiError) return new ApiError(error.apiError());
  return requestFailure(error, subject, timeoutMs);
}
