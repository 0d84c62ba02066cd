// The one script of every page: the NHS.UK components, then the parts of this service that each find their own elements.
import { initAll } from "../vendor/nhsuk-frontend/nhsuk-frontend.min.js";
import "./again.js";
import "./clocks.js";
import "./draft.js";
import "./forms.js";
import "./heartbeat.js";
import "./kept.js";
import "./live.js";
import "./scores.js";
import "./session.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
