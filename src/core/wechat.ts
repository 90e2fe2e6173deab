import type { CredentialUpstream } from "./credentials/credential-upstream.ts";
import type { CodeExchanger } from "./sessions/code-exchanger.ts";

/** WeChat's and WeCom's servers, as far as the service needs them. */
export type WeChat = CodeExchanger & CredentialUpstream;
