/** Every page by the first segment of its address, in the order of the menu. */

import type { LoadPage } from "../frame/loaded-page.tsx";
import type { ConsoleText } from "../text/en.ts";

interface PageEntry {
  /** The first segment; empty for the start. */
  path: string;
  /** The member of the texts' menu; null for a page that the menu does not list. */
  menu: keyof ConsoleText["menu"] | null;
  /** The half of the menu that has it. */
  group: "daily" | "server";
  /** Whether the page is about one app, which the top bar chooses. */
  isAboutApp?: true;
  /** Whether only a sandbox has it. */
  isOfSandbox?: true;
  load: LoadPage;
}

export const PAGES: readonly PageEntry[] = [
  {
    path: "",
    menu: "overview",
    group: "daily",
    load: () => import("./overview/overview-page.tsx"),
  },
  {
    path: "apps",
    menu: "apps",
    group: "daily",
    load: () => import("./apps/apps-page.tsx"),
  },
  {
    path: "agents",
    menu: "agents",
    group: "daily",
    load: () => import("./agents/agents-page.tsx"),
  },
  {
    path: "users",
    menu: "users",
    group: "daily",
    isAboutApp: true,
    load: () => import("./users/users-page.tsx"),
  },
  {
    path: "credentials",
    menu: "credentials",
    group: "daily",
    load: () => import("./credentials/credentials-page.tsx"),
  },
  {
    path: "keys",
    menu: "keys",
    group: "server",
    load: () => import("./keys/keys-page.tsx"),
  },
  {
    path: "audit",
    menu: "audit",
    group: "server",
    load: () => import("./audit/audit-page.tsx"),
  },
  {
    path: "logs",
    menu: "logs",
    group: "server",
    load: () => import("./logs/logs-page.tsx"),
  },
  {
    path: "settings",
    menu: "settings",
    group: "server",
    load: () => import("./settings/settings-page.tsx"),
  },
  {
    path: "api",
    menu: "api",
    group: "server",
    load: () => import("./api/api-page.tsx"),
  },
  {
    path: "sandbox",
    menu: "sandbox",
    group: "server",
    isOfSandbox: true,
    load: () => import("./sandbox/sandbox-page.tsx"),
  },
  {
    path: "first-steps",
    menu: null,
    group: "daily",
    load: () => import("./first-steps/first-steps-page.tsx"),
  },
];
