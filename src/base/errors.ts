// The world failed: disk, network, process. Such an error has a stable code, says what was being done in its context,
// and is handled by the owner of the resource. Mistakes of a peer are values (wire_errors, api_errors), never this.

export type OperatingErrorCode =
  | 'DISK_NOT_FOUND'
  | 'DISK_EXISTS'
  | 'DISK_PERMISSION'
  | 'DISK_NO_SPACE'
  | 'DISK_READ_ONLY'
  | 'DISK_IO'
  | 'DISK_TOO_MANY_FILES'
  | 'DISK_LOCKED'
  | 'DISK_OTHER'
  | 'DISK_CORRUPT_RECORD'
  | 'DISK_CORRUPT_FILE'
  | 'STORE_NO_SPACE'
  | 'STORE_FAULTED'
  | 'STORE_CLOSED'
  | 'STORE_UNSUPPORTED'
  | 'STORE_LEFT_ALONE'
  | 'NETWORK_ADDRESS_IN_USE'
  | 'NETWORK_ADDRESS_UNAVAILABLE'
  | 'NETWORK_PERMISSION'
  | 'NETWORK_OTHER'
  | 'LINK_REFUSED'
  | 'TLS_SETTINGS'
  | 'TLS_UNAVAILABLE'
  | 'CONFIG_INVALID'
  | 'PROGRAM_NOT_FOUND'
  | 'PROGRAM_OTHER';

export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

export class OperatingError extends Error {
  override readonly name = 'OperatingError';
  readonly code: OperatingErrorCode;
  readonly context: ErrorContext;

  constructor(code: OperatingErrorCode, message: string, options: { context?: ErrorContext; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
  }
}

/** TLS could not be agreed on: why, in the words that the reference logs. */
export class TlsHandshakeError extends Error {
  override readonly name = 'TlsHandshakeError';
  /** What came was no TLS at all, or nothing: a probe rather than a client that fails. */
  readonly isProbe: boolean;
  /** DER of the peer's certificates, where they were the reason. */
  readonly certificates: readonly Uint8Array[];

  constructor(
    message: string,
    options: { isProbe?: boolean; certificates?: readonly Uint8Array[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.isProbe = options.isProbe ?? false;
    this.certificates = options.certificates ?? [];
  }
}

/** The text of whatever was thrown, for a log line. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the name is taken by something damaged on disk: who asked for it should hear of that. */
export function isLeftAlone(error: unknown): error is OperatingError {
  return error instanceof OperatingError && error.code === 'STORE_LEFT_ALONE';
}
