// How much a configuration may be. The reference has none of these limits: there an include cycle overflows the stack and
// a few nested variables take all memory.

/** Bytes of one file. */
export const CONFIG_FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Maps and arrays inside each other. */
export const CONFIG_DEPTH_MAX = 500;

/** Files that include each other, the first one counted. */
export const CONFIG_INCLUDE_DEPTH_MAX = 32;

/** Values of environment variables that refer to environment variables. */
export const CONFIG_ENVIRONMENT_DEPTH_MAX = 32;

/** Values in all files and environment variables of one configuration, each reading counted. */
export const CONFIG_VALUES_MAX = 1_000_000;

/** What the reading of one environment variable counts for besides its values: it costs more than they do. */
export const CONFIG_VALUES_PER_ENVIRONMENT_READING = 10;

/** Characters of the canonical form that the digest is made of; a value counts wherever a variable repeats it. */
export const CONFIG_DIGEST_CHARS_MAX = 32 * 1024 * 1024;
