// The simulator's Stripe.js: Stripe(key).elements({clientSecret, appearance}).create("payment"), confirmSetup.
"use strict";

(() => {
  const base = new URL(document.currentScript.src).origin;

  class PaymentElement {
    constructor(key, secret, appearance = {}) {
      this.frame = document.createElement("iframe");
      this.frame.title = "Payment fields";
      this.frame.style.width = "100%";
      this.frame.src = `${base}/js/payment_element?${new URLSearchParams({ client_secret: secret, key })}`;
      this.look(appearance);
      this.frame.addEventListener("load", () => this.look(this.appearance));
    }

    on(name, heed) {
      if (name === "ready") {
        this.frame.addEventListener("load", heed);
      }
      return this;
    }

    look(appearance) {
      this.appearance = appearance;
      this.frame.contentWindow?.postMessage({ appearance }, base);
    }

    mount(where) {
      document.querySelector(where).append(this.frame);
    }

    // Resolves to {error}; where the API sends the browser on, the page is left.
    confirm(returnUrl) {
      return new Promise((resolve) => {
        const heed = ({ source, origin, data }) => {
          if (source !== this.frame.contentWindow || origin !== base) {
            return;
          }
          window.removeEventListener("message", heed);
          if (data.next) {
            window.location.assign(data.next);
          } else {
            resolve({ error: data.error });
          }
        };
        window.addEventListener("message", heed);
        this.frame.contentWindow.postMessage({ returnUrl }, base);
      });
    }
  }

  window.Stripe = (key) => ({
    elements: ({ clientSecret, appearance }) => {
      const elements = {
        create: () => {
          elements.payment = new PaymentElement(key, clientSecret, appearance);
          return elements.payment;
        },
        update: (changed) => elements.payment?.look(changed.appearance),
      };
      return elements;
    },
    confirmSetup: ({ elements, confirmParams }) => elements.payment.confirm(confirmParams.return_url),
  });
})();
