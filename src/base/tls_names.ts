// The names that TLS's cipher suites and curves have in configurations and logs (those of the registry, as Go spells them),
// and what OpenSSL calls them. Data only; which of them are used is decided by the configuration and node/node_tls.ts.

export interface CipherSuiteName {
  readonly name: string;
  readonly openSslName: string;
  /** Suites of TLS 1.3 are always on: they cannot be chosen. */
  readonly isTls13: boolean;
  /** Only with `allow_insecure_cipher_suites`, and not among the defaults. */
  readonly isInsecure: boolean;
}

/** The best first. Compat: Go crypto/tls, CipherSuites, InsecureCipherSuites and its order of preference. */
export const CIPHER_SUITES: readonly CipherSuiteName[] = [
  tls13('TLS_AES_128_GCM_SHA256'),
  tls13('TLS_AES_256_GCM_SHA384'),
  tls13('TLS_CHACHA20_POLY1305_SHA256'),
  safe('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'),
  safe('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'),
  safe('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'),
  safe('TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'),
  safe('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'),
  safe('TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'),
  safe('TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'),
  safe('TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'),
  safe('TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'),
  safe('TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'),
  insecure('TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'),
  insecure('TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'),
  insecure('TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'),
  insecure('TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'),
  insecure('TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', 'ECDHE-RSA-DES-CBC3-SHA'),
  insecure('TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'DES-CBC3-SHA'),
  insecure('TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'),
  insecure('TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'),
  insecure('TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'),
  insecure('TLS_ECDHE_ECDSA_WITH_RC4_128_SHA', 'ECDHE-ECDSA-RC4-SHA'),
  insecure('TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'ECDHE-RSA-RC4-SHA'),
  insecure('TLS_RSA_WITH_RC4_128_SHA', 'RC4-SHA'),
];

export interface CurveName {
  readonly name: string;
  readonly openSslName: string;
}

/** The best first. Compat: ciphersuites.go, defaultCurvePreferences. */
export const CURVES: readonly CurveName[] = [
  { name: 'X25519MLKEM768', openSslName: 'X25519MLKEM768' },
  { name: 'SecP384r1MLKEM1024', openSslName: 'SecP384r1MLKEM1024' },
  { name: 'SecP256r1MLKEM768', openSslName: 'SecP256r1MLKEM768' },
  { name: 'X25519', openSslName: 'X25519' },
  { name: 'CurveP256', openSslName: 'P-256' },
  { name: 'CurveP384', openSslName: 'P-384' },
  { name: 'CurveP521', openSslName: 'P-521' },
];

function tls13(name: string): CipherSuiteName {
  return { name, openSslName: name, isTls13: true, isInsecure: false };
}

function safe(name: string, openSslName: string): CipherSuiteName {
  return { name, openSslName, isTls13: false, isInsecure: false };
}

function insecure(name: string, openSslName: string): CipherSuiteName {
  return { name, openSslName, isTls13: false, isInsecure: true };
}
