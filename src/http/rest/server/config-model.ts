import { Type } from "@sinclair/typebox";
import type {
  EffectiveConfig,
  EffectiveOption,
  ShownValue,
} from "../../../core/effective-config.ts";
import { OPTIONS_ZH } from "../../../messages/options-zh.ts";
import { nullable, oneOf, strict } from "../model.ts";

const Value = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Array(Type.String())]);

const Option = strict({
  name: Type.String(),
  value: nullable(Value, { description: "null for a secret; passwords in addresses are masked" }),
  default: Value,
  secret: Type.Boolean(),
  set: Type.Boolean({
    description: "of a secret whether it has a value, else whether the value is not the default",
  }),
  source: strict({
    kind: oneOf(["flag", "environment", "file", "default"]),
    name: nullable(Type.String(), {
      description: "the flag, the variable, or the path of the file; null for the default",
    }),
    line: nullable(Type.Integer({ minimum: 1 }), { description: "of a file; else null" }),
  }),
  reload: Type.Boolean({ description: "whether a reload takes another value; else a restart" }),
  environment: Type.String({ description: "its variable" }),
  flag: nullable(Type.String(), { description: "null for a secret" }),
  description: strict({ en: Type.String(), zh: Type.String() }),
});

export const ServerConfigModel = strict(
  {
    file: nullable(Type.String(), { description: "the file that was read; null without one" }),
    items: Type.Array(Option, { description: "every option, in the order of the documentation" }),
    ignored: Type.Array(Type.String(), {
      description: "keys of the file that other servers know and waferd ignores",
    }),
    hints: Type.Array(Type.String(), {
      description: "oddities of the file or the environment",
    }),
  },
  {
    $id: "ServerConfig",
    examples: [
      {
        file: "/etc/waferd/app.conf",
        items: [
          {
            name: "httpport",
            value: 80,
            default: 8888,
            secret: false,
            set: true,
            source: { kind: "file", name: "/etc/waferd/app.conf", line: 3 },
            reload: true,
            environment: "WAFERD_HTTPPORT",
            flag: "--port",
            description: {
              en: "the port to listen on; 0 chooses a free one",
              zh: OPTIONS_ZH["httpport"],
            },
          },
        ],
        ignored: [],
        hints: [],
      },
    ],
  },
);

const shown = (value: ShownValue): ShownValue => (Array.isArray(value) ? [...value] : value);

const toOption = (option: EffectiveOption) => ({
  name: option.name,
  value: option.value === null ? null : shown(option.value),
  default: shown(option.default),
  secret: option.isSecret,
  set: option.isSet,
  source: { ...option.source },
  reload: option.takesReload,
  environment: option.environment,
  flag: option.flag,
  description: {
    en: option.description,
    zh: OPTIONS_ZH[option.name] ?? option.description,
  },
});

export const toServerConfigModel = ({ file, options, ignored, hints }: EffectiveConfig) => ({
  file,
  items: options.map(toOption),
  ignored: [...ignored],
  hints: [...hints],
});
