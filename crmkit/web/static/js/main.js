/** Everything a page does beyond links and forms; each module minds one behaviour. */
import "./board.js";
import "./cells.js";
import "./composer.js";
import "./dialog.js";
import "./files.js";
import "./inline-edit.js";
import "./keys.js";
import "./list.js";
import "./move-menu.js";
import "./order-rows.js";
import "./palette.js";
import "./poll.js";
import "./selection.js";
import "./stage-tabs.js";
import "./theme.js";
import "./toast.js";
import "./today.js";
