// Every limit of the client protocol with its default, so that none is a bare number elsewhere.
// Source: the reference's const.go and server.md 1.1.

/** Bytes of one control line's arguments. */
export const CONTROL_LINE_MAX_DEFAULT = 4096;
/** Bytes of one payload, headers included. */
export const PAYLOAD_MAX_DEFAULT = 1024 * 1024;
/** Digits a size may have on the wire. Compat: util.go, parseSize. */
export const SIZE_DIGITS_MAX = 9;
/** Arguments that a line can have and still be understood; one more is an error whatever it is. */
export const ARGUMENTS_MAX = 5;
/** The most that is set aside for a payload before its bytes have come. */
export const PAYLOAD_FIRST_ALLOCATION_BYTES = 64 * 1024;
