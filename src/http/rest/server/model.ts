import { Type } from "@sinclair/typebox";
import { NONCE_PATTERN } from "../../../core/access/key-proof.ts";
import { Failure } from "../../../core/errors.ts";
import type { Finding } from "../../../core/finding.ts";
import type { ServedCertificate } from "../../../core/served-certificate.ts";
import type { GetServerProcesses, RequestReload } from "../../../core/server-processes.ts";
import { nullable, oneOf, strict, Timestamp, timestamp } from "../model.ts";

/** The facts that a server reports about itself. */
export interface ServerFacts {
  version: string;
  /** Start of this process, in milliseconds since the Unix epoch. */
  startedAt: number;
  /** The data folder, or the store's address. */
  data: string;
  /** Whether WeChat is simulated. */
  sandbox: boolean;
  getServerProcesses: GetServerProcesses;
  requestReload: RequestReload;
  /** Checks this server, and returns what it finds, worst first. */
  checkSelf(): Promise<readonly Finding[]>;
  /** null without TLS. */
  certificate: ServedCertificate | null;
  /** Returns the address of this process; null while it does not listen. */
  getUrl(): string | null;
}

const Pid = (description: string) => Type.Integer({ minimum: 1, description });

const Workers = strict({
  supervisor: Pid("the process that was started, which takes the signals"),
  configured: Type.Integer({ minimum: 1, description: "the number in the configuration" }),
  serving: Type.Array(
    strict({
      pid: Pid("the process; with a single worker the supervisor itself, until its first reload"),
      startedAt: Timestamp,
    }),
    {
      description:
        "those that serve at the moment: fewer than configured while a dead one is replaced",
    },
  ),
});

const Certificate = strict({
  subject: Type.String(),
  issuer: Type.String(),
  names: Type.Array(Type.String(), { description: "such as DNS:wafer.example.com" }),
  validFrom: Timestamp,
  validTo: Timestamp,
});

export const ServerModel = strict(
  {
    version: Type.String(),
    url: nullable(Type.String(), {
      description: "the address at which it listens; null without a server",
    }),
    startedAt: Timestamp,
    data: Type.String({ description: "the data folder, or the store's address" }),
    sandbox: Type.Boolean({
      description: "whether WeChat is simulated, and anyone can log in as anyone",
    }),
    certificate: nullable(Certificate, {
      description: "the one that this server shows to its clients; null without EnableHTTPS",
    }),
    workers: nullable(Workers, {
      description:
        "the processes of this server, not of other nodes; null while it starts or ends, and when they are unknown",
    }),
  },
  {
    $id: "Server",
    examples: [
      {
        version: "0.1.0",
        url: "http://127.0.0.1:8888",
        startedAt: "2026-11-20T08:00:00.000Z",
        data: "/var/lib/waferd",
        sandbox: false,
        certificate: {
          subject: "CN=wafer.example.com",
          issuer: "C=US, O=Let's Encrypt, CN=R11",
          names: ["DNS:wafer.example.com"],
          validFrom: "2026-11-01T00:00:00.000Z",
          validTo: "2027-01-30T00:00:00.000Z",
        },
        workers: {
          supervisor: 4711,
          configured: 2,
          serving: [
            { pid: 4712, startedAt: "2026-11-20T08:00:00.100Z" },
            { pid: 4713, startedAt: "2026-11-20T08:00:00.400Z" },
          ],
        },
      },
    ],
  },
);

export const LastReload = strict(
  {
    endedAt: nullable(Timestamp, {
      description: "when the latest reload ended; null before the first one, and when unknown",
    }),
    failure: nullable(Type.String(), {
      description: "why it was refused or stopped half-way; null if all workers were replaced",
    }),
  },
  { examples: [{ endedAt: "2026-11-20T08:00:00.000Z", failure: null }] },
);

/** How long a reload may take to be answered with its end: a mistake is found at once. */
const RELOAD_PATIENCE_MS = 2000;
const RELOAD_STEP_MS = 50;

/**
 * Has the server reload.
 *
 * @returns how it ended, if it did so at once; `isOver` is false while it goes on, and the rest is
 *   the reload before; a Failure: reloadUnavailable
 */
export async function reload(facts: ServerFacts) {
  const before = await toLastReload(facts);
  if (!(await facts.requestReload())) return new Failure("reloadUnavailable");
  for (let waited = 0; waited < RELOAD_PATIENCE_MS; waited += RELOAD_STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, RELOAD_STEP_MS));
    const ended = await toLastReload(facts);
    if (ended.endedAt !== null && ended.endedAt !== before.endedAt)
      return { isOver: true, reload: ended };
  }
  return { isOver: false, reload: before };
}

const FindingText = strict({
  message: Type.String(),
  todo: nullable(Type.String(), { description: "null when there is nothing to do" }),
});

export const FindingsModel = strict(
  {
    items: Type.Array(
      strict({
        name: Type.String({ description: "a stable word for the subject" }),
        state: oneOf(["ok", "warn", "fail"]),
        en: FindingText,
        zh: FindingText,
      }),
      { description: "worst first" },
    ),
  },
  {
    $id: "Findings",
    examples: [
      {
        items: [
          {
            name: "disk",
            state: "fail",
            en: {
              message: "60 MiB are free at /var/lib/waferd",
              todo: "free space: on a full disk nobody can log in",
            },
            zh: {
              message: "/var/lib/waferd 剩余 60 MiB",
              todo: "腾出空间：磁盘写满后无人能够登录",
            },
          },
        ],
      },
    ],
  },
);

export const toFindingsModel = (findings: readonly Finding[]) => ({
  items: findings.map(({ name, state, en, zh }) => ({ name, state, en, zh })),
});

export async function toLastReload({ getServerProcesses }: ServerFacts) {
  const { lastReload = null } = (await getServerProcesses()) ?? {};
  return lastReload === null
    ? { endedAt: null, failure: null }
    : { endedAt: timestamp(lastReload.endedAt), failure: lastReload.failure };
}

export const ProofQuery = strict({
  nonce: Type.String({
    pattern: NONCE_PATTERN,
    description: "32 random bytes of the client's, in hex",
    examples: ["00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"],
  }),
});

export const KeyProof = strict(
  {
    proof: Type.String({
      description:
        "hex HMAC-SHA256, keyed by the admin key, of `waferd key proof`, the nonce, the server's address and port, and the client's, joined by line feeds",
    }),
  },
  {
    examples: [{ proof: "4a497eb9da15715aa5fb2f6f6f00599b0cfa45477e56eadacc8d2c1a50e5ba3d" }],
  },
);

export async function toServerModel({
  startedAt,
  getServerProcesses,
  getUrl,
  requestReload: _,
  checkSelf: __,
  certificate,
  ...facts
}: ServerFacts) {
  const processes = await getServerProcesses();
  return {
    ...facts,
    url: getUrl(),
    certificate: certificate && {
      ...certificate,
      validFrom: timestamp(certificate.validFrom),
      validTo: timestamp(certificate.validTo),
    },
    startedAt: timestamp(processes?.startedAt ?? startedAt),
    workers: processes && {
      supervisor: processes.supervisor,
      configured: processes.configured,
      serving: processes.serving.map(({ pid, startedAt }) => ({
        pid,
        startedAt: timestamp(startedAt),
      })),
    },
  };
}
