import type { FormEvent, ReactNode } from "react";

/** The filters of a list, in one row where there is room. */
export const FilterForm = ({
  onSubmit,
  children,
}: {
  onSubmit: () => void;
  children: ReactNode;
}) => (
  <search>
    <form
      className="filters"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  </search>
);
