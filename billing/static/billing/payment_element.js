// Shows Stripe's payment fields and has Stripe store what is typed there. Nothing of it comes to this page.
"use strict";

const form = document.getElementById("payment-form");
const problem = document.getElementById("payment-problem");
const button = form.querySelector("button");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function tell(sentence) {
  problem.textContent = sentence;
  problem.hidden = sentence === "";
}

// Stripe's fields stand in a frame, which no sheet of ours reaches: they are told the page's colours.
function looks() {
  const page = getComputedStyle(document.documentElement);
  const token = (name) => page.getPropertyValue(name).trim();
  return {
    theme: dark.matches ? "night" : "stripe",
    variables: {
      colorPrimary: token("--accent"),
      colorBackground: token("--card"),
      colorText: token("--ink"),
      colorTextSecondary: token("--soft"),
      colorDanger: token("--warn"),
    },
  };
}

function show() {
  const stripe = window.Stripe(form.dataset.key, { locale: form.dataset.locale });
  const elements = stripe.elements({ clientSecret: form.dataset.secret, appearance: looks() });
  dark.addEventListener("change", () => elements.update({ appearance: looks() }));
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
