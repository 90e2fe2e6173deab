interface LimitDescriptor {
  /** In the form of the options; see {@link parseRate}. */
  default: string;
  /** The help of the option. */
  description: string;
}

const FORM = "<count>/<seconds>[:<burst>], or off";

/** Every limit; `limits.` and the name is the option. Options, metrics and documentation derive. */
export const LIMITS = {
  failed_logins: {
    default: "60/60",
    description: `codes that WeChat may refuse per public address before logins of that address are refused: ${FORM}`,
  },
  logins: {
    default: "off",
    description: `logins per public address: ${FORM}`,
  },
  failed_keys: {
    default: "10/60",
    description: `wrong keys per address, wherever it is; a right key always passes: ${FORM}`,
  },
  failed_decryptions: {
    default: "20/3600",
    description: `user data that does not decrypt, per session: ${FORM}`,
  },
  gateway: {
    default: "off",
    description: `calls through the gateway per key: ${FORM}`,
  },
} as const satisfies Record<string, LimitDescriptor>;

export type LimitName = keyof typeof LIMITS;

export const limitNames = Object.keys(LIMITS) as LimitName[];
