/**
 * The styles of the libraries' parts in use, so that the page has one style sheet. The first
 * has the variables of all. The components come from `tdesign-react/lib`, which brings no styles.
 */

import "tdesign-react/es/style/index.css";
import "tdesign-react/es/button/style/index.css";
import "tdesign-react/es/loading/style/index.css";
import "uplot/dist/uPlot.min.css";
