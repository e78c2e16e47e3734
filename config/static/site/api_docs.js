// Starts Swagger UI on the page of the API's reference; its files lie beside ours, and nothing is asked elsewhere.
"use strict";

const place = document.getElementById("swagger-ui");

SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  validatorUrl: null,
  requestInterceptor(request) {
    if (!["GET", "HEAD", undefined].includes(request.method)) request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  },
});
