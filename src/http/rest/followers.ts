import type { ServerLog } from "../../core/logs/server-log.ts";
import { LogFollowers } from "./logs/followers.ts";
import { FigureFollowers } from "./stats/followers.ts";

/** All clients of a process that follow something by server-sent events. */
export class Followers {
  readonly log: LogFollowers;
  readonly figures = new FigureFollowers();

  constructor(serverLog: ServerLog) {
    this.log = new LogFollowers(serverLog);
  }

  /** Ends all of them at once, and takes no more. */
  close(): void {
    this.log.close();
    this.figures.close();
  }
}
