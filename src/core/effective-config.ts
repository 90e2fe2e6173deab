/** The value of an option, as it may be shown. */
export type ShownValue = string | number | boolean | string[];

/** The place that a value comes from. */
export interface OptionSource {
  kind: "flag" | "environment" | "file" | "default";
  /** The flag, the variable, or the path of the file; null for the default. */
  name: string | null;
  /** Of a file, counted from 1; else null. */
  line: number | null;
}

/** An option as it is in effect. */
export interface EffectiveOption {
  name: string;
  /** null for a secret. Passwords in addresses are masked. */
  value: ShownValue | null;
  default: ShownValue;
  isSecret: boolean;
  /** Whether a secret has a value; else whether the value is not the default. */
  isSet: boolean;
  source: OptionSource;
  /** Whether a reload takes another value; else a restart does. */
  takesReload: boolean;
  environment: string;
  /** null for a secret: every user of the machine can read a command line. */
  flag: string | null;
  /** Its meaning, in English. */
  description: string;
}

/** The configuration of this server as it is in effect. */
export interface EffectiveConfig {
  /** The file that was read; null without one. */
  file: string | null;
  options: readonly EffectiveOption[];
  /** Keys of the file that other servers know and waferd ignores. */
  ignored: readonly string[];
  /** Oddities of the file or the environment, for people. */
  hints: readonly string[];
}
