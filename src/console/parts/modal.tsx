import { type ReactNode, useEffect, useId, useRef } from "react";
import { useText } from "../text/text.tsx";

/**
 * A dialog of the browser's own, which keeps the focus inside, ends by Escape, and gives the focus
 * back.
 *
 * @param look `panel` stands at the right edge, `question` in the middle
 */
export function Modal({
  title,
  look,
  onClose,
  children,
}: {
  title: string;
  look: "panel" | "question";
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element?.open === false) element.showModal();
    return () => {
      element?.close();
      // React may have removed the dialog before the browser gave the focus back.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog; Escape is the key
    <dialog
      ref={dialog}
      className={`modal ${look}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="modal-inside">
        <header className="modal-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="plain" aria-label={t.words.close} onClick={onClose}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
