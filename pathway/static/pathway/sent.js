// A page that answers a file stands in the browser's history as one that was asked for: going back to it, or loading it
// anew, shows the empty form and sends nothing again.
history.replaceState(history.state, "");
