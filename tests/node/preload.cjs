// Node 22 and newer bring a WebSocket; older ones get the one of the package `ws`. Either says on
// standard error when it is open: a test must not write before somebody listens.
const Socket = globalThis.WebSocket ?? require("ws");

globalThis.WebSocket = class extends Socket {
  constructor(url) {
    super(url);
    this.addEventListener("open", () => console.error("open"));
  }
};
