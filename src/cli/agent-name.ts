import { path } from "./api/api.ts";
import { usageFailure } from "./command-failure.ts";

/** Tells whether a name is that of a WeCom agent, `corpid:agentid`. No appid has a colon. */
export const isAgentName = (name: string): boolean => name.includes(":");

/**
 * Returns the path of the WeCom agent `corpid:agentid`.
 *
 * @throws CommandFailure for a name of another form
 */
export const agentPath = (name: string): string => `/work-agents${agentSegments(name)}`;

/** Returns an agent as two segments of a path; throws as {@link agentPath}. */
export function agentSegments(name: string): string {
  const [corpid = "", agentid = "", ...rest] = name.split(":");
  if (corpid === "" || agentid === "" || rest.length > 0)
    throw usageFailure(
      `a WeCom agent is named corpid:agentid, such as ww1234567890abcdef:1000002, not "${name}"`,
    );
  return path`/${corpid}/${agentid}`;
}
