import type { ComponentProps } from "react";
import { Button as TDesignButton } from "tdesign-react/lib";

/** A button that stays one for keys and screen readers while it is disabled. */
export const Button = (props: Omit<ComponentProps<typeof TDesignButton>, "tag">) => (
  // TDesign makes a div of a disabled button that has no tag.
  <TDesignButton tag="button" {...props} />
);
