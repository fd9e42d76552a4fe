// Which user a certificate stands for (`verify_and_map`): its names in the order of the reference, each looked up among the
// users of the configuration. Pure; that the certificate holds has been decided before.
// Compat: auth.go, checkClientTLSCertSubject and its caller in processClientOrLeafAuthentication.
import { goQuote } from '../base/go_quote.ts';
import type { CertificateFacts } from './certificate.ts';
import {
  type DistinguishedName,
  domainComponentsText,
  goNameText,
  hasSameParts,
  isSameName,
  nameOfSubject,
  parseDistinguishedName,
} from './distinguished_name.ts';

/** A name that a user may have. */
export type CertificateName =
  | { readonly kind: 'email' | 'dns' | 'uri' | 'subject with domain' | 'subject'; readonly text: string }
  | { readonly kind: 'distinguished name'; readonly name: DistinguishedName };

export interface CertificateSearch<User> {
  /** Null when the certificate names nobody. */
  readonly user: User | null;
  /** How the search went, for the log: the last one says how it ended. */
  readonly notes: readonly string[];
}

/** The names of a certificate in the order in which they count. Empty when it names nobody. */
export function certificateNames(certificate: CertificateFacts): readonly CertificateName[] {
  const { emails, dnsNames, uris, subject } = certificate;
  if (emails.length + dnsNames.length + uris.length + subject.length === 0) return [];
  const names: CertificateName[] = [
    ...emails.map((text) => ({ kind: 'email', text }) as const),
    ...dnsNames.map((text) => ({ kind: 'dns', text }) as const),
    ...uris.map((text) => ({ kind: 'uri', text }) as const),
  ];
  const name = nameOfSubject(subject);
  if (name !== null && name.length > 0) names.push({ kind: 'distinguished name', name });
  const text = goNameText(subject);
  const domain = domainComponentsText(subject);
  if (domain !== '') names.push({ kind: 'subject with domain', text: `${text},${domain}` });
  names.push({ kind: 'subject', text });
  return names;
}

/** Looks for the user of the first name that one has. `mayConnect`: the user may come this way. */
export function userOfCertificate<User>(
  certificate: CertificateFacts,
  users: ReadonlyMap<string, User>,
  mayConnect: (user: User) => boolean,
): CertificateSearch<User> {
  const names = certificateNames(certificate);
  if (names.length === 0) return { user: null, notes: ['User required in cert, none found'] };
  const subject = goNameText(certificate.subject);
  const notes: string[] = [];
  for (const name of names) {
    const userName = name.kind === 'distinguished name' ? userNamed(name.name, users, mayConnect) : name.text;
    const user = userName === null ? undefined : users.get(userName);
    if (userName !== null && user !== undefined && mayConnect(user)) {
      notes.push(`${FOUND[name.kind]} [${goQuote(userName)}]`);
      return { user, notes };
    }
    if (name.kind === 'distinguished name') {
      notes.push(`DistinguishedNameMatch could not be used for auth [${goQuote(subject)}]`);
    } else if (name.kind === 'subject with domain') {
      notes.push(`RDNSequence could not be used for auth [${goQuote(name.text)}]`);
    }
  }
  notes.push(`User in cert [${goQuote(subject)}], not found`);
  return { user: null, notes };
}

const FOUND: Readonly<Record<CertificateName['kind'], string>> = {
  email: 'Using email found in cert for auth',
  dns: 'Using SAN found in cert for auth',
  uri: 'Using URI found in cert for auth',
  'distinguished name': 'Using DistinguishedNameMatch for auth',
  'subject with domain': 'Using RDNSequence for auth',
  subject: 'Using certificate subject for auth',
};

/** The user whose name has the same parts: in the same order if there is one, or else in any. */
function userNamed<User>(
  name: DistinguishedName,
  users: ReadonlyMap<string, User>,
  mayConnect: (user: User) => boolean,
): string | null {
  let reordered: string | null = null;
  for (const [userName, user] of users) {
    const parsed = mayConnect(user) ? parseDistinguishedName(userName) : null;
    if (parsed === null) continue;
    if (isSameName(parsed, name)) return userName;
    if (hasSameParts(parsed, name)) reordered ??= userName;
  }
  return reordered;
}
