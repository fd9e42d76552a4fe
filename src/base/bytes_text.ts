// Numbers of bytes as the log says them. Called by config/, for what a reload changes, and by app/ at the start.

const BYTE_UNITS = 'KMGTPE';

/** `19.07 MB`: units of 1024. Compat: jetstream.go, friendlyBytes. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), BYTE_UNITS.length);
  return `${(bytes / 1024 ** power).toFixed(2)} ${BYTE_UNITS.charAt(power - 1)}B`;
}
