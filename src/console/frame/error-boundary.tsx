import { Component, type ReactNode } from "react";
import { useText } from "../text/text.tsx";

interface Caught {
  error: Error | null;
}

/** Shows a bug of the console instead of an empty page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { error: null };

  static getDerivedStateFromError(error: unknown): Caught {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <Broken error={error} />;
  }
}

function Broken({ error }: { error: Error }) {
  const { t } = useText();
  return (
    <div className="error-lines" role="alert">
      <p className="failed">{t.frame.broken}</p>
      <p className="detail">
        <code>{error.message}</code>
      </p>
      <p>{t.frame.brokenTodo}</p>
      <p>
        <button type="button" className="plain" onClick={() => location.reload()}>
          {t.frame.loadAgain}
        </button>
      </p>
    </div>
  );
}
