/** Whether several processes can share a port evenly, which only Linux offers. */
export const CAN_SHARE_PORT = process.platform === "linux";

/** Whether this is the executable; otherwise Bun runs the sources. */
export const IS_COMPILED = Bun.main.startsWith("/$bunfs/");
