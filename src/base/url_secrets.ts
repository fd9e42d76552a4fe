// Addresses as people may see them: without who logs in, and with what.

/** Of one address or of several with commas between them. A password may have an @ or a slash of its own. */
export function withoutSecrets(urls: string): string {
  return urls
    .split(',')
    .map((url) => url.replace(/^(\s*(?:[a-z]+:\/\/)?).*@/i, '$1'))
    .join(',');
}
