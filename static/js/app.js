/** Entry of every page: starts the small modules beside it. Page modules import what they need. */

import { startAlerts } from "./alerts.js";
import { startAutogrow } from "./autogrow.js";
import { startCopy } from "./copy.js";
import { startDialogs } from "./dialog.js";
import { startDrop } from "./drop.js";
import { startKeys } from "./keys.js";
import { startSlugs } from "./slug.js";
import { startSwaps } from "./swaps.js";
import { startTheme } from "./theme.js";
import { startToken } from "./token.js";

startTheme();
startKeys();
startDialogs();
startAlerts();
startAutogrow();
startCopy();
startDrop();
startSlugs();
startSwaps();
startToken();

// A page that shows a secret once was made by a form: reloading it must not make another secret.
const shownOnce = document.querySelector("[data-address]");
if (shownOnce) history.replaceState(null, "", shownOnce.dataset.address);
