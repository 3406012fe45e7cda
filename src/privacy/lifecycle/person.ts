// What a caller calls the person whom a request is about: opaque to us, used to find the key and for nothing else.

export const maxPersonLength = 256;

/** Printable ASCII (RFC 9110 §5.5 without obs-text); no space at either end, which a header cannot carry. */
export const personPattern: RegExp = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/;
