// `contrail account tls`: the certificates that the connected server shows, and whether they will expire soon.
// Compat: natscli cli/account_tls_command.go.
import { rfc3339NanoOfMs } from '../../../base/nanos.ts';
import { type Certificate, socketState } from '../../client/socket_state.ts';
import { defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { durationGo } from '../../output/human.ts';
import type { Session } from '../../session.ts';

interface TlsFlags {
  /** Nanoseconds. */
  readonly expireWarn: number;
  readonly pem: boolean;
}

export const ACCOUNT_TLS = defineCommand({
  name: 'tls',
  summary: 'Report TLS chain for connected server',
  flags: {
    expireWarn: flag.duration('Warn about certs expiring this soon, 0 to disable', { default: '1w' }),
    ocsp: flag.switch('Report OCSP information, if any'),
    pem: flag.toggle('Show PEM Certificate blocks (true)', { default: true }),
  },
  examples: [
    {
      text: 'Fails where a certificate has less than 30 days left',
      command: 'contrail account tls --expire-warn 30d --no-pem',
    },
  ],
  json: "A list of certificates, the server's first: subject, issuer, expires, names, serial, ca, expired, expiring.",
  run: async (session, _args, flags) => {
    const { tls } = socketState(await session.connect());
    if (tls === null)
      throw new CommandError('This connection has no TLS: name the server with tls://, or give --tlsca');
    if (flags.ocsp && !session.isJson) session.print('# No OCSP Response found in TLS connection\n');
    const chain = tls.isVerified ? tls.chain : [];
    if (session.isJson) session.json(tls.chain.map((certificate) => asObject(session, certificate, flags)));
    else {
      session.print(`# TLS Verified Chains count: ${chain.length === 0 ? 0 : 1}`);
      if (chain.length > 0) session.print('\n# chain: 1');
      for (const [index, certificate] of chain.entries()) show(session, certificate, { index, flags });
    }
    if (chain.length === 0) throw new CommandError('no verified chains found in TLS');
    const fault = chain.map((certificate) => expiryFault(session, certificate, flags)).find((one) => one !== null);
    if (fault !== undefined && fault !== null) throw new CommandError(fault);
  },
});

function show(
  session: Session,
  certificate: Certificate,
  { index, flags }: { readonly index: number; readonly flags: TlsFlags },
): void {
  const { isAuthority, validTo, altNames, serialNumber, der } = certificate;
  const subject = nameText(certificate);
  session.print(`# chain=1 cert=${index + 1} isCA=${isAuthority} Subject="${subject}"`);
  const left = leftMs(session, certificate);
  if (left < 0) session.print(`# EXPIRED after ${validTo}`);
  else if (left < flags.expireWarn / 1e6) {
    session.print(`# EXPIRING SOON: within ${durationGo(flags.expireWarn)} of ${validTo}`);
  }
  session.print(`#   Expiration: ${validTo}`);
  if (altNames !== '') session.print(`#   SAN: ${altNames}`);
  session.print(`#   Serial: ${BigInt(`0x${serialNumber || '0'}`)}`);
  if (flags.pem) session.print(pemText(der));
}

/** Null for a certificate that is good for a while. */
function expiryFault(session: Session, certificate: Certificate, { expireWarn }: TlsFlags): string | null {
  const left = leftMs(session, certificate);
  const text = `expiration="${certificate.validTo}" subject="${nameText(certificate)}"`;
  if (left < 0) return `expired cert ${text}`;
  return left < expireWarn / 1e6 ? `cert expiring soon ${text}` : null;
}

function leftMs(session: Session, { validTo }: Certificate): number {
  return Date.parse(validTo) - session.nowMs();
}

function nameText({ subject }: Certificate): string {
  const parts = Object.entries(subject).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') : value}`,
  );
  return parts.reverse().join(',');
}

function pemText(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----`;
}

function asObject(session: Session, certificate: Certificate, flags: TlsFlags): unknown {
  const left = leftMs(session, certificate);
  return {
    subject: nameText(certificate),
    issuer: certificate.issuer,
    expires: rfc3339NanoOfMs(Date.parse(certificate.validTo)),
    names: certificate.altNames,
    serial: certificate.serialNumber,
    ca: certificate.isAuthority,
    expired: left < 0,
    expiring: left < flags.expireWarn / 1e6,
  };
}
