import {
  type AnchorHTMLAttributes,
  createContext,
  type MouseEvent,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from "react";

/** The path of the console on its server, without the slash at its end. */
export const BASE = "/console";

/** Where the reader is: the address below {@link BASE}, and ways to go on. */
interface Place {
  /** The decoded segments of the path: `/console/apps/wx1` has `apps` and `wx1`. */
  segments: readonly string[];
  query: URLSearchParams;
  /** Goes to an address below the console, such as `/apps?cursor=x`. */
  go: (to: string, options?: { replace?: boolean }) => void;
  /** Changes members of the query; null removes one, and every change leaves the first page. */
  setQuery: (changes: Record<string, string | null>, options?: { replace?: boolean }) => void;
}

const PlaceContext = createContext<Place | null>(null);

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** Returns a query as it is written in an address, with its question mark. */
export function queryText(query: URLSearchParams | Record<string, string | null>): string {
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const set = entries.filter((entry): entry is [string, string] => Boolean(entry[1]));
  return set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
}

/** Returns an address below the console, with its segments encoded. */
export const pathTo = (...segments: string[]): string =>
  `/${segments.map(encodeURIComponent).join("/")}`;

export function PlaceProvider({ children }: { children: ReactNode }) {
  const [address, setAddress] = useState(() => location.pathname + location.search);
  useEffect(() => {
    const follow = () => setAddress(location.pathname + location.search);
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const go = useCallback((to: string, { replace = false } = {}) => {
    history[replace ? "replaceState" : "pushState"](null, "", BASE + to);
    setAddress(location.pathname + location.search);
  }, []);
  const place = useMemo<Place>(() => {
    const [path = "", search = ""] = address.split("?", 2);
    const segments = path.slice(BASE.length).split("/").filter(Boolean).map(decoded);
    const query = new URLSearchParams(search);
    return {
      segments,
      query,
      go,
      setQuery(changes, options) {
        const next = new URLSearchParams(query);
        next.delete("cursor");
        for (const [name, value] of Object.entries(changes))
          if (value === null || value === "") next.delete(name);
          else next.set(name, value);
        go(path.slice(BASE.length) + queryText(next), options);
      },
    };
  }, [address, go]);
  return <PlaceContext value={place}>{children}</PlaceContext>;
}

export function usePlace(): Place {
  const place = use(PlaceContext);
  if (place === null) throw new Error("usePlace() outside of PlaceProvider");
  return place;
}

type GoProps = { to: string } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href">;

/** A link to an address below the console, which a plain click follows without a new page. */
export function Go({ to, onClick, ...others }: GoProps) {
  const { go } = usePlace();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || event.button !== 0 || !isPlain) return;
    event.preventDefault();
    go(to);
  };
  return <a {...others} href={BASE + to} onClick={follow} />;
}
