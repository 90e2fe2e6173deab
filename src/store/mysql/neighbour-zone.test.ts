import { expect, test } from "bun:test";
import { foreignZone } from "./neighbour-zone.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const MINUTE = 60_000;

test.each<{
  name: string;
  wall: string | null;
  zone?: number;
  databaseZone?: number;
  found: number | null;
}>([
  { name: "a time in the configured zone", wall: "2026-11-26T19:59", found: null },
  { name: "an old time", wall: "2026-11-20T10:00", found: null },
  { name: "a time of now in the database's zone", wall: "2026-11-26T11:58", found: 0 },
  { name: "a time in the future", wall: "2026-11-26T20:58", found: 540 },
  { name: "a time in the future of a zone of half hours", wall: "2026-11-26T21:29", found: 570 },
  { name: "a clock that is a minute ahead", wall: "2026-11-26T20:01", found: null },
  {
    name: "a time in UTC of a database in China",
    wall: "2026-11-26T11:59",
    databaseZone: 480,
    found: null,
  },
  {
    name: "China's time where UTC is configured",
    wall: "2026-11-26T19:59",
    zone: 0,
    found: 480,
  },
  { name: "no time", wall: null, found: null },
])("foreignZone() of $name returns $found", ({ wall, zone = 480, databaseZone = 0, found }) => {
  const written = wall === null ? null : new Date(`${wall}Z`);
  expect(foreignZone(written, { zone, databaseZone, now: NOW + MINUTE / 2 })).toBe(found);
});
