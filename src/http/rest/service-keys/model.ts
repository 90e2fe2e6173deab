import { Type } from "@sinclair/typebox";
import { LONGEST_PATTERN, MOST_PATHS, PATH_PATTERN_FORM } from "../../../core/access/key-paths.ts";
import {
  CAPABILITIES,
  capabilityNames,
  type ServiceKey,
} from "../../../core/access/service-key.ts";
import { nullable, oneOf, PageModel, strict, Timestamp, timestamp } from "../model.ts";

const Title = Type.String({ minLength: 1, maxLength: 100, description: "a name for people" });

const Apps = Type.Array(
  Type.String({
    pattern: "^[A-Za-z0-9_-]{1,200}(:[A-Za-z0-9_-]{1,100})?$",
    description: "an appid, or a WeCom agent as corpid:agentid; registered",
  }),
  { minItems: 1, maxItems: 1000, uniqueItems: true },
);

const Capabilities = Type.Array(oneOf(capabilityNames), {
  minItems: 1,
  uniqueItems: true,
  description: `the calls that the key allows: ${Object.entries(CAPABILITIES)
    .map(([name, allows]) => `${name}: ${allows}`)
    .join("; ")}`,
});

const Paths = nullable(
  Type.Array(Type.String({ minLength: 2, maxLength: LONGEST_PATTERN, examples: ["/wxa/*"] }), {
    minItems: 1,
    maxItems: MOST_PATHS,
    uniqueItems: true,
  }),
  {
    description: `the paths of WeChat's API that proxy covers, each ${PATH_PATTERN_FORM}; null for all`,
  },
);

const KeyId = Type.String({
  pattern: "^[0-9a-f]{16}$",
  description: "16 hex digits",
  examples: ["0123456789abcdef"],
});

export const ServiceKeyParams = strict({ id: KeyId });

export const NewServiceKeyModel = strict(
  {
    title: Title,
    apps: Apps,
    capabilities: Capabilities,
    paths: Type.Optional(Paths),
    expiresAt: Type.Optional(
      nullable(Timestamp, {
        description: "null or absent for a key that lasts until it is revoked",
      }),
    ),
  },
  {
    $id: "NewServiceKey",
    examples: [
      {
        title: "shop server",
        apps: ["wx0000000000000de0"],
        capabilities: ["token", "session.read"],
      },
    ],
  },
);

const members = {
  id: KeyId,
  title: Title,
  apps: Apps,
  capabilities: Capabilities,
  paths: Paths,
  createdAt: Timestamp,
  expiresAt: nullable(Timestamp),
  lastUsedAt: nullable(Timestamp, {
    description: "to within a minute; null when it was never used",
  }),
  lastUsedFrom: nullable(Type.String(), {
    description: "the client's address at that use; null when it is unknown",
  }),
};

const example = {
  id: "0123456789abcdef",
  title: "shop server",
  apps: ["wx0000000000000de0"],
  capabilities: ["token", "session.read"],
  paths: null,
  createdAt: "2026-11-20T08:00:00.000Z",
  expiresAt: null,
  lastUsedAt: null,
  lastUsedFrom: null,
};

export const ServiceKeyModel = strict(members, { $id: "ServiceKey", examples: [example] });

export const CreatedServiceKey = strict(
  { ...members, key: Type.String({ description: "the key itself; it cannot be read again" }) },
  {
    $id: "CreatedServiceKey",
    examples: [{ ...example, key: `waferd_key_${"0123456789abcdef".repeat(4)}` }],
  },
);

export const ServiceKeyPage = PageModel("ServiceKey", ServiceKeyModel);

export function toServiceKeyModel({
  id,
  title,
  apps,
  capabilities,
  paths,
  createdAt,
  expiresAt,
  lastUsedAt,
  lastUsedFrom,
}: ServiceKey) {
  return {
    ...{ id, title, apps: [...apps], capabilities: [...capabilities], lastUsedFrom },
    paths: paths === null ? null : [...paths],
    createdAt: timestamp(createdAt),
    expiresAt: expiresAt === null ? null : timestamp(expiresAt),
    lastUsedAt: lastUsedAt === null ? null : timestamp(lastUsedAt),
  };
}
