import { Findings } from "./findings.tsx";
import { StoreCheck } from "./store-check.tsx";

/** The server's findings about itself, and the check of its store. */
export const Checks = () => (
  <>
    <Findings />
    <StoreCheck />
  </>
);
