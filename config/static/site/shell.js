// Leaving at once: by the button, or by pressing Shift three times. Without this file the button does it alone.
"use strict";

const way = document.querySelector("form[data-leave]");
const MOST = 1500; // milliseconds for three presses
let presses = [];

if (way) {
  way.addEventListener("submit", () => document.documentElement.classList.add("left"));
  document.addEventListener("keydown", (event) => {
    if (event.repeat) return;
    presses = event.key === "Shift" ? [...presses.slice(-2), event.timeStamp] : [];
    if (presses.length === 3 && presses[2] - presses[0] < MOST) way.requestSubmit();
  });
}
