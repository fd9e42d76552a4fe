// `$JS.API.ACCOUNT.PURGE.<account>` on the system account: takes away all streams of an account, and what one that has no
// JetStream any more, or is gone, has left on disk. Made by app/ where there is a system account.
// Compat: nats-server jetstream_api.go, jsLeaderAccountPurgeRequest, on a single server.
import { utf8Text } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Bus, BusSubscription } from '../../ports/bus.ts';
import { type Message, textMessage } from '../../ports/message.ts';
import type { JetStreamAccount } from '../account.ts';
import { apiError } from './api_error.ts';
import { type ApiAnswer, accept, answerKind, refuse } from './api_request.ts';

const PREFIX = '$JS.API.ACCOUNT.PURGE.';
const PURGE = answerKind('account_purge');

export interface AccountPurgeParts {
  /** Of the system account. */
  readonly bus: Bus;
  readonly log: Logger;
  account(name: string): JetStreamAccount | undefined;
  /** Removes all that an account without JetStream has on disk. */
  removeLeftovers(account: string): Promise<void>;
}

export class AccountPurge {
  readonly #parts: AccountPurgeParts;
  readonly #subscription: BusSubscription;

  constructor(parts: AccountPurgeParts) {
    this.#parts = parts;
    this.#subscription = parts.bus.subscribe(`${PREFIX}*`, null, (request) => this.#onMessage(request));
  }

  stop(): void {
    this.#subscription.close();
  }

  #onMessage({ subject, subjectStart, subjectEnd, reply, replyStart, replyEnd }: Message): void {
    const name = utf8Text(subject, subjectStart, subjectEnd).slice(PREFIX.length);
    const to = reply.slice(replyStart, replyEnd);
    const answer = ({ text }: ApiAnswer) => {
      if (to.length > 0) this.#parts.bus.publish(textMessage(to, text));
    };
    this.#purge(name)
      .then(answer)
      .catch((error: unknown) => {
        const reason = errorText(error);
        this.#parts.log.error(`Cannot purge account '${name}': ${reason}`);
        answer(refuse(PURGE, apiError('JSStreamDeleteErrF', { err: reason })));
      });
  }

  async #purge(name: string): Promise<ApiAnswer> {
    const { log, account: find, removeLeftovers } = this.#parts;
    if (/[\\/]/.test(name)) {
      const err = 'account name can not contain path separators';
      return refuse(PURGE, apiError('JSStreamGeneralErrorF', { err }));
    }
    const account = find(name);
    const streams = account === undefined ? [] : [...account.streams()];
    log.info(`Purge request for account ${name} (streams: ${streams.length}, hasAccount: ${account !== undefined})`);
    if (account === undefined) await removeLeftovers(name);
    for (const stream of streams) await account?.changeInTurn(() => account.removeStream(stream.config.name));
    return accept(PURGE, '{"initiated":true}');
  }
}
