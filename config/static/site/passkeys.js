// Passkeys: the device makes or shows one, and the form carries it. Without this file the form's button stays hidden.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const { passkey, options, ask } = form.dataset;
  const failed = form.querySelector("[role=alert]");
  form.querySelector("button").hidden = !window.PublicKeyCredential;
  form.querySelector("[data-unable]").hidden = Boolean(window.PublicKeyCredential);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const wanted = options ? JSON.parse(options) : await fetched(ask);
      const key = await webauthnJSON[passkey](wanted.creation_options || wanted.request_options);
      form.elements.credential.value = JSON.stringify(key);
    } catch {
      failed.hidden = false;
      return;
    }
    form.submit();
  });
}

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}
