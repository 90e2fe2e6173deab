/**
 * Loaded before the scripts that npm runs (`node -r`): ends with a message when Node is older than
 * package.json asks for. Written in the JavaScript of 2009, which every Node parses.
 */
/** @type {string} */
var range = require("../package.json").engines.node;
var needed = Number(/\d+/.exec(range));

if (Number(process.versions.node.split(".")[0]) < needed) {
  console.error(
    "waferd: this is Node " +
      process.versions.node +
      "; Node " +
      needed +
      " or later is needed: https://nodejs.org/en/download",
  );
  process.exit(1);
}
