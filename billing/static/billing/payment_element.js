// Shows Stripe's payment fields and has Stripe store what is typed there. Nothing of it comes to this page.
"use strict";

const form = document.getElementById("payment-form");
const problem = document.getElementById("payment-problem");
const button = form.querySelector("button");

function tell(sentence) {
  problem.textContent = sentence;
  problem.hidden = sentence === "";
}

function show() {
  const stripe = window.Stripe(form.dataset.key, { locale: form.dataset.locale });
  const elements = stripe.elements({ clientSecret: form.dataset.secret });
  const fields = elements.create("payment");
  fields.on("ready", () => {
    button.disabled = false;
  });
  fields.on("loaderror", () => tell(form.dataset.unreachable));
  fields.mount("#payment-fields");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    tell("");
    // A browser that Stripe (or the bank) sends on to `return_url` never comes back to the next line.
    const { error } = await stripe.confirmSetup({ elements, confirmParams: { return_url: form.dataset.back } });
    tell(error.message);
    button.disabled = false;
  });
}

if (window.Stripe) {
  show();
} else {
  tell(form.dataset.unreachable);
}
