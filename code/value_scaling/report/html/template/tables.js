/* Tables that sort by a click on a heading, and download as CSV. */
const tables = (() => {
  function add(tag, parent, text, name) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    parent.append(made);
    return made;
  }

  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

  /* The CSV text of the rows in the order in which they are shown. */
  const csv = (table) =>
    [table.names, ...table.rows.map((row) => row[1])]
      .map((row) => row.map(quoted).join(",") + "\n").join("");

  function download(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /* Numbers before texts, and empty cells last in both directions. */
  function compare(a, b, sign) {
    if (a === "" || b === "") return (a === "") - (b === "");
    const [x, y] = [Number(a), Number(b)];
    const order = Number.isNaN(x) || Number.isNaN(y)
      ? a.localeCompare(b, "en", { numeric: true }) : x - y;
    return sign * order;
  }

  function fill(body, table) {
    body.replaceChildren();
    for (const [cells, values] of table.rows) {
      const row = add("tr", body);
      let at = 0;
      cells.forEach(([text, ends], column) => {
        const isNumber = values[at] !== "" && !Number.isNaN(Number(values[at]));
        const cell = add("td", row, text, isNumber ? "number" : "");
        if (ends) add("small", cell, ends);
        at += table.spans[column];
      });
    }
  }

  /* Build the table inside `holder`, and the button that downloads it after it. */
  function build(holder, table, study) {
    const element = add("table", holder);
    const head = add("tr", add("thead", element));
    const body = add("tbody", element);
    let start = 0;
    table.headings.forEach((text, column) => {
      const heading = add("th", head), at = start;
      heading.scope = "col";
      start += table.spans[column];
      add("button", heading, text).addEventListener("click", () => {
        const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        for (const each of head.children) each.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        table.rows.sort((a, b) => compare(a[1][at], b[1][at], sign));
        fill(body, table);
      });
    });
    fill(body, table);
    const button = document.createElement("button");
    button.textContent = "Download CSV";
    button.className = "download";
    const name = table.slug.startsWith(study) ? table.slug : `${study}_${table.slug}`;
    button.addEventListener("click", () => download(`${name}.csv`, csv(table)));
    holder.after(button);
  }

  return { build, csv };
})();
