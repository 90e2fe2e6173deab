/** Every page by the first segment of its address, in the order of the menu. */

import { type ComponentType, type LazyExoticComponent, lazy } from "react";
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
  Component: LazyExoticComponent<ComponentType>;
}

/** Loads a page's file when the page is opened. */
const page = (load: () => Promise<{ default: ComponentType }>) => lazy(load);

export const PAGES: readonly PageEntry[] = [
  {
    path: "",
    menu: "overview",
    group: "daily",
    Component: page(() => import("./overview/overview-page.tsx")),
  },
  {
    path: "apps",
    menu: "apps",
    group: "daily",
    Component: page(() => import("./apps/apps-page.tsx")),
  },
  {
    path: "agents",
    menu: "agents",
    group: "daily",
    Component: page(() => import("./agents/agents-page.tsx")),
  },
  {
    path: "users",
    menu: "users",
    group: "daily",
    isAboutApp: true,
    Component: page(() => import("./users/users-page.tsx")),
  },
  {
    path: "credentials",
    menu: "credentials",
    group: "daily",
    Component: page(() => import("./credentials/credentials-page.tsx")),
  },
  {
    path: "keys",
    menu: "keys",
    group: "server",
    Component: page(() => import("./keys/keys-page.tsx")),
  },
  {
    path: "audit",
    menu: "audit",
    group: "server",
    Component: page(() => import("./audit/audit-page.tsx")),
  },
  {
    path: "logs",
    menu: "logs",
    group: "server",
    Component: page(() => import("./logs/logs-page.tsx")),
  },
  {
    path: "settings",
    menu: "settings",
    group: "server",
    Component: page(() => import("./settings/settings-page.tsx")),
  },
  {
    path: "api",
    menu: "api",
    group: "server",
    Component: page(() => import("./api/api-page.tsx")),
  },
  {
    path: "sandbox",
    menu: "sandbox",
    group: "server",
    isOfSandbox: true,
    Component: page(() => import("./sandbox/sandbox-page.tsx")),
  },
  {
    path: "first-steps",
    menu: null,
    group: "daily",
    Component: page(() => import("./first-steps/first-steps-page.tsx")),
  },
];
