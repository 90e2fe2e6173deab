import { Entrance } from "./frame/entrance.tsx";
import { ErrorBoundary } from "./frame/error-boundary.tsx";
import { ThemeProvider } from "./frame/theme.tsx";
import { NoticeProvider } from "./parts/notice.tsx";
import { PlaceProvider } from "./router/place.tsx";
import { TextProvider } from "./text/text.tsx";

/** The whole console. */
export const Console = () => (
  <ThemeProvider>
    <TextProvider>
      <PlaceProvider>
        <NoticeProvider>
          <ErrorBoundary>
            <Entrance />
          </ErrorBoundary>
        </NoticeProvider>
      </PlaceProvider>
    </TextProvider>
  </ThemeProvider>
);
