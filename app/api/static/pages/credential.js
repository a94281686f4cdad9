// A token, a unit and a period, where the service gives them (development settings, a browser on the same machine).
"use strict";

async function developmentExample() {
  const place = document.body.dataset.example;
  if (!place) {
    return null;
  }
  const answer = await fetch(place, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}
