/* Build the page: tables at once, plots when they come into view. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  for (const table of data.tables) {
    const holder = document.querySelector(`[data-table="${table.slug}"]`);
    tables.build(holder, table, data.study);
  }
  const parts = data.explorer ? [explorer.start(data.explorer)] : [];
  const seen = new IntersectionObserver((entries) => {
    for (const each of entries.filter((one) => one.isIntersecting)) {
      seen.unobserve(each.target);
      groups.get(each.target).draw();
    }
  }, { rootMargin: "600px" });
  const groups = new Map();
  for (const holder of document.querySelectorAll("[data-figure]")) {
    const name = holder.dataset.figure;
    const group = plots.group(holder, holder.previousElementSibling, data.figures[name], name);
    groups.set(holder, group);
    parts.push(group);
    seen.observe(holder);
  }
  const restyle = () => parts.forEach((each) => each.restyle());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  addEventListener("beforeprint", () => groups.forEach((each) => each.drawn || each.draw()));
})();
