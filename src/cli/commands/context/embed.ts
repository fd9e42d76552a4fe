// Puts a credential file's content into the context itself, so that the context works on another machine.
import { type CredentialDoors, credentialPath, schemeOf } from '../../context/credentials.ts';

/** What is no path, or empty, stays as it is. */
export function readFileAsDataUri(reference: string, what: string, doors: CredentialDoors): string {
  const scheme = schemeOf(reference);
  if (reference === '' || (scheme !== '' && scheme !== 'file')) return reference;
  const bytes = doors.files.readBytes(credentialPath(reference, what, doors)) ?? new Uint8Array(0);
  return `data:;base64,${Buffer.from(bytes).toString('base64')}`;
}
