"use strict";
// One switch for all code.
const button = document.getElementById("show-code");
if (button) {
  const code = document.querySelectorAll("details.code");
  button.hidden = code.length === 0;
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? "Hide all code" : "Show all code";
    code.forEach((one) => { one.open = shown; });
  });
}
// The contents: open beside the text, closed above it on a phone; where we are is marked.
const contents = document.querySelector("details.toc");
if (contents) {
  const wide = window.matchMedia("(min-width: 68rem)");
  const fit = () => { contents.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
  const links = [...contents.querySelectorAll("a")];
  const places = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const mark = () => {
    const passed = places.filter((place) => place.getBoundingClientRect().top < 120).length;
    links.forEach((link, i) => link.setAttribute("aria-current", String(i === passed - 1)));
  };
  window.addEventListener("scroll", mark, { passive: true });
  mark();
}
