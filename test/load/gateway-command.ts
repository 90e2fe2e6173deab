/** Prints the figures of the gateway beside nginx. Arguments: rounds, and seconds of a turn. */
import { measureGateway } from "./gateway.ts";

const [, , rounds = "3", seconds = "5"] = process.argv;
const figures = await measureGateway({
  ...{ rounds: Number(rounds), seconds: Number(seconds), warm: true },
});
console.log(JSON.stringify(figures, null, 1));
