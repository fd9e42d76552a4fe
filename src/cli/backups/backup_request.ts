// The API's requests for backups, which a server need not have: its refusal is then explained.
import { type Answer, ApiError } from '../client/js_api.ts';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';

const BAD_REQUEST = 10003;

const INSTEAD = {
  SNAPSHOT: 'this server does not give backups over the network; stop it and copy its store directory',
  RESTORE: 'this server does not take backups over the network; stop it and copy a store directory into its place',
} as const;

export async function requestBackup<T>(
  session: Session,
  { verb, stream }: { readonly verb: keyof typeof INSTEAD; readonly stream: string },
  body: unknown,
): Promise<Answer<T>> {
  const api = await session.api();
  try {
    return await api.request<T>(`STREAM.${verb}.${stream}`, body);
  } catch (error) {
    if (!(error instanceof ApiError) || !isUnknown(error)) throw error;
    throw new CommandError(`${error.message}: ${INSTEAD[verb]}`, { cause: error });
  }
}

/**
 * Refuses where the server has no backups at all, before anybody is asked anything. What is asked for has nowhere to go, so
 * a server that has them refuses that and sends nothing.
 */
export async function requireBackups(session: Session, stream: string): Promise<void> {
  try {
    await requestBackup(session, { verb: 'SNAPSHOT', stream }, { deliver_subject: '' });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** The request itself is right, so "bad request" is the server's word for a subject that it does not know. */
function isUnknown({ body }: ApiError): boolean {
  return body.err_code === BAD_REQUEST || /not supported/.test(body.description);
}
