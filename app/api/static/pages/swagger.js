"use strict";

developmentExample().then((example) => {
  const ui = SwaggerUIBundle({
    url: document.body.dataset.openapi,
    dom_id: "#page",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    validatorUrl: null, // the validator is a service on another host
    onComplete: () => {
      if (example) {
        ui.preauthorizeApiKey(document.body.dataset.scheme, example.token);
      }
    },
  });
});
