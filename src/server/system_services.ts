// What any client may ask its server about itself: `$SYS.REQ.USER.INFO`, answered in the client's own account.
// Compat: events.go, userInfoReq; ServerInfo for the envelope.
import type { PermissionRules, SubjectRules } from '../auth/permissions.ts';
import { type GoJsonStruct, goJson } from '../base/go_json.ts';
import type { Bus } from '../ports/bus.ts';
import { type Message, textMessage } from '../ports/message.ts';
import type { Server } from './server.ts';

const USER_INFO = '$SYS.REQ.USER.INFO';

function shownPermissions({ publish, subscribe, responses }: PermissionRules): GoJsonStruct {
  return {
    publish: shownSubjects(publish),
    subscribe: shownSubjects(subscribe),
    responses: responses === null ? undefined : { max: responses.messagesMax, ttl: responses.expiresMs * 1e6 },
  };
}

function shownSubjects(rules: SubjectRules | null): GoJsonStruct {
  return { allow: shownList(rules?.allow ?? []), deny: shownList(rules?.deny ?? []) };
}

function shownList(subjects: readonly string[]): readonly string[] | undefined {
  return subjects.length > 0 ? subjects : undefined;
}

export class SystemServices {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Answers in this account from now on. */
  serve(bus: Bus): void {
    bus.subscribe(USER_INFO, null, (request) => {
      if (request.replyEnd > request.replyStart) this.#answer(bus, request, this.#userInfo(bus.account, request));
    });
  }

  /** Compat: events.go, UserInfo; client.go, publicPermissions. */
  #userInfo(account: string, request: Message): GoJsonStruct {
    const rights = this.#server.connections.find(request.client?.id ?? 0)?.rights ?? null;
    return {
      user: request.client?.user ?? '',
      account,
      account_name: account,
      permissions: rights === null ? undefined : shownPermissions(rights.permissions.rules),
    };
  }

  #answer(bus: Bus, request: Message, data: GoJsonStruct): void {
    const reply = request.reply.slice(request.replyStart, request.replyEnd);
    bus.publish(textMessage(reply, goJson({ server: this.#server.identity.envelope(), data })));
  }
}
