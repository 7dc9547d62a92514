"use strict";
(() => {
  // A link to a rule opens it.
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (folded && !folded.open) { folded.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();

  // On paper everything is unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });

  const box = document.getElementById("filter");
  if (!box) return;
  box.parentElement.hidden = false;
  const all = [...document.querySelectorAll("[data-rule]")];
  const said = document.getElementById("filter-said");
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const one of all) one.hidden = !one.dataset.rule.toLowerCase().includes(wanted);
    const rules = all.filter((one) => one.matches("details") && !one.hidden).length;
    said.textContent = wanted ? (rules === 1 ? "1 rule" : rules + " rules") : "";
  });
})();
