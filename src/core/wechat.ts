import type { CredentialUpstream } from "./credentials/credential-upstream.ts";
import type { CodeExchanger } from "./sessions/code-exchanger.ts";

/** The endpoints of WeChat and WeCom that the service calls. */
export type WeChat = CodeExchanger & CredentialUpstream;
