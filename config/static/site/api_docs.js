// Starts Swagger UI on the page of the API's reference; its files lie beside ours, and nothing is asked elsewhere.
"use strict";

const place = document.getElementById("swagger-ui");

// What a screen reader needs and Swagger UI lacks: each part in a landmark of its own, and no level of headings left out.
const named = (name) => (Part, { React }) => (given) =>
  React.createElement("section", { "aria-label": name }, React.createElement(Part, given));
const headed = (title) => (Part, { React }) => (given) =>
  React.createElement(React.Fragment, null, React.createElement("h2", { className: "unseen" }, title), React.createElement(Part, given));

SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [{ wrapComponents: {
    InfoContainer: named("About the API"),
    FilterContainer: named("Filter"),
    SchemesContainer: named("Authorization"),
    operations: headed("Operations"),
  } }],
  layout: "BaseLayout",
  deepLinking: false, // links inside of buttons: no keyboard comes to both
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  validatorUrl: null,
  requestInterceptor(request) {
    if (!["GET", "HEAD", undefined].includes(request.method)) request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  },
});
