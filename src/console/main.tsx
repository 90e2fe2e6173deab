/** Starts the console in its page. */

import "tdesign-react/lib/_util/react-19-adapter";
import { createRoot } from "react-dom/client";
import "./style/components.ts";
import "./style/console.css";
import "./style/frame.css";
import "./style/parts.css";
import { Console } from "./console.tsx";

const ROOT = "console";

/** Returns the element that the console fills; the page may have it already. */
function rootElement(): HTMLElement {
  const found = document.getElementById(ROOT);
  if (found !== null) return found;
  const made = document.createElement("div");
  made.id = ROOT;
  return document.body.appendChild(made);
}

createRoot(rootElement()).render(<Console />);
