"use strict";

Redoc.init(
  document.body.dataset.openapi,
  { hideDownloadButton: false, nativeScrollbars: true, theme: { typography: { fontFamily: "system-ui, sans-serif" } } },
  document.getElementById("page"),
);
