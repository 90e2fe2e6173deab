/**
 * Calls a function of stored-sessions.ts, in the source in which this file lies: `--compare` copies
 * both into another commit, whose code must open the stores of its own build. Standard input is a
 * `StoreCall` in JSON.
 */
import { fillStore, makeDue, rememberUsers, type StoreCall } from "./stored-sessions.ts";

const call: StoreCall = await Bun.stdin.json();
switch (call.name) {
  case "fillStore":
    await fillStore(call.filling);
    break;
  case "makeDue":
    await makeDue(call.place, call.numbers, call.times);
    break;
  case "rememberUsers":
    await rememberUsers(call.place, call.codes);
}
process.exit(0);
