"use strict";
// What the terminal's own program lacks at a touch screen: swipes, a size that fills the window, and no way out of the page.
(() => {
  const COLUMNS = 106, ROWS = 33; // the cart's display
  const WIDTH = 0.602, HEIGHT = 1.2; // of a cell, in font sizes
  const SMALLEST = 9;
  const FONT = "Roboto Mono"; // the name that textual.js asks for: page.css says which fonts it stands for

  // a text that looks like a link opens nothing, and no sequence reaches the clipboard
  window.open = () => null;
  Object.defineProperty(navigator, "clipboard", { value: undefined });

  const terminal = document.querySelector("#terminal");
  const size = Math.floor(Math.min(window.innerWidth / COLUMNS / WIDTH, window.innerHeight / ROWS / HEIGHT));
  terminal.dataset.fontSize = String(Math.max(SMALLEST, size));
  terminal.dataset.sessionWebsocketUrl = new URL("ws", location.href.replace(/^http/, "ws")).href;
  document.querySelector("#again").addEventListener("click", () => location.reload());
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  // a finger that moves by one row turns the wheel by one row, where it went down
  let finger = null;
  const screen = () => terminal.querySelector(".xterm-screen");
  const rowHeight = () => screen().getBoundingClientRect().height / Number(terminal.dataset.rows || ROWS);
  const begin = (event) => {
    const one = event.touches.length === 1 ? event.touches[0] : null;
    finger = one && screen() ? { x: one.clientX, y: one.clientY, turned: one.clientY } : null;
  };
  const move = (event) => {
    event.preventDefault();
    if (finger === null || event.touches.length !== 1) return;
    const row = rowHeight();
    const rows = Math.trunc((finger.turned - event.touches[0].clientY) / row);
    finger.turned -= rows * row;
    for (let turn = 0; turn < Math.abs(rows); turn += 1) {
      screen().dispatchEvent(new WheelEvent("wheel", {
        deltaMode: WheelEvent.DOM_DELTA_LINE, deltaY: Math.sign(rows), clientX: finger.x, clientY: finger.y,
        bubbles: true, cancelable: true,
      }));
    }
  };
  const end = () => { finger = null; };
  terminal.addEventListener("touchstart", begin, { passive: true });
  terminal.addEventListener("touchmove", move, { passive: false });
  terminal.addEventListener("touchend", end, { passive: true });
  terminal.addEventListener("touchcancel", end, { passive: true });

  // how many rows there are is said only to the far end: it is read on its way there
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === "string" && data.startsWith('["resize"')) terminal.dataset.rows = JSON.parse(data)[1].height;
    return send.call(this, data);
  };

  window.addEventListener("load", async () => {
    // the cells are measured once: with the font that is then drawn
    await Promise.all(["400", "700"].map((weight) => document.fonts.load(`${weight} 20px "${FONT}"`).catch(() => [])));
    const program = document.createElement("script");
    program.src = "textual.js";
    program.addEventListener("load", () => {
      window.onload();
      // no keyboard comes up over the screen when it is touched
      document.querySelector(".xterm-helper-textarea").setAttribute("inputmode", "none");
    });
    document.head.append(program);
  });
})();
