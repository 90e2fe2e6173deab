import { Findings } from "./findings.tsx";
import { StoreCheck } from "./store-check.tsx";

/** The check of the server's store, and its findings about itself, whose length nobody knows. */
export const Checks = () => (
  <>
    <StoreCheck />
    <Findings />
  </>
);
