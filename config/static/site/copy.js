// A button that copies below every piece of code. Without this file the code is there to be selected.
"use strict";

const SHOWN = 2000; // milliseconds that "Copied" stands

for (const code of document.querySelectorAll("pre[data-copy]")) {
  if (!navigator.clipboard) break; // only where the connection is safe
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = code.dataset.copy;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = code.dataset.copied;
    setTimeout(() => { button.textContent = code.dataset.copy; }, SHOWN);
  });
  const line = document.createElement("p");
  line.className = "actions flat";
  line.append(button);
  code.after(line);
}
