// What the server itself offers to accounts, in the form in which the reference has it: services that the system account
// exports and every other account imports. Here they are answered in each account directly; /accountz shows them so that
// tools find them. Compat: events.go, addSystemAccountExports and registerSystemImports; jetstream_api.go.
import type { GoJsonStruct } from '../base/go_json.ts';

export function systemExports(hasJetStream: boolean): GoJsonStruct[] {
  const exported = [
    service('$SYS.REQ.ACCOUNT.*.CONNZ', 'Streamed'),
    service('$SYS.REQ.ACCOUNT.*.STATZ', 'Streamed'),
    service('$SYS.DEBUG.SUBSCRIBERS', 'Singleton'),
    service('$SYS.REQ.USER.*.INFO', 'Singleton'),
  ];
  return hasJetStream ? [...exported, service('$JS.API.>', 'Singleton')] : exported;
}

/** Of JetStream every account has the API, be it to hear that it has no JetStream. */
export function systemImports(account: string, system: string, hasJetStream: boolean): GoJsonStruct[] {
  const take = (subject: string, as: string, shares: boolean) => ({
    subject,
    account: system,
    to: as,
    local_subject: as,
    type: 'service',
    invalid: false,
    share: shares,
    tracking: false,
  });
  const own = take(`$SYS.REQ.USER.${account}.INFO`, '$SYS.REQ.USER.INFO', true);
  if (account === system) return [own];
  const taken = [
    own,
    take(`$SYS.REQ.ACCOUNT.${account}.CONNZ`, '$SYS.REQ.ACCOUNT.PING.CONNZ', false),
    take(`$SYS.REQ.ACCOUNT.${account}.CONNZ`, '$SYS.REQ.SERVER.PING.CONNZ', false),
    take(`$SYS.REQ.ACCOUNT.${account}.STATZ`, '$SYS.REQ.ACCOUNT.PING.STATZ', false),
  ];
  return hasJetStream ? [...taken, take('$JS.API.>', '$JS.API.>', true)] : taken;
}

function service(subject: string, responseType: string): GoJsonStruct {
  return { subject, type: 'service', response_type: responseType };
}
