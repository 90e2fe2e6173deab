import { api, dataOf } from "./api.ts";
import { useReading } from "./use-reading.ts";

/** The most apps of a choice; the page of apps lists all. */
const MOST_CHOICES = 200;

/** Reads the apps among which a page lets choose. */
export const useApps = () =>
  useReading("apps-to-choose", () => dataOf(api.apps.get({ query: { limit: MOST_CHOICES } })));
