// What this is and what it is compatible with.

export const CONTRAIL_VERSION = '0.1.0';
/** The release of nats-server that clients and tools may take this server for. */
export const COMPATIBLE_VERSION = '2.15.2';
