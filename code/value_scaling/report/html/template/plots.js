/* Panels of marks (see marks.py) as Plotly plots, in the colours of the page's theme. */
const plots = (() => {
  const OPEN = 1.3; /* Multiple of a value up to which an open interval is drawn. */
  const MANTISSAS = [
    [1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8],
  ];
  const CAN_HOVER = matchMedia("(hover: hover)").matches;
  const isNumber = (value) => value !== null && Number.isFinite(value);

  /* ---- Colours ---- */
  const style = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const bytes = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  function between(stops, place) {
    const at = Math.min(Math.max(place, 0), 1) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    const [a, b] = [bytes(stops[k]), bytes(stops[k + 1])];
    return `rgb(${a.map((each, i) => Math.round(each + (b[i] - each) * (at - k))).join(",")})`;
  }

  function colour(name) {
    if (name.startsWith("ramp:")) return between(style("ramp").split(" "), Number(name.slice(5)));
    return `rgb(${bytes(style(name)).join(",")})`;
  }
  const faint = (rgb, share) => rgb.replace("rgb", "rgba").replace(")", `,${share})`);

  /* ---- Numbers as text ---- */
  const SUP = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  const digits = (value, count) => String(Number(value.toPrecision(count))).replace("-", "−");

  function power(value, count = 3) {
    const [mantissa, exponent] = value.toExponential(count - 1).split("e");
    const raised = [...String(Number(exponent))].map((each) => SUP[each]).join("");
    return Number(mantissa) === 1 ? `10${raised}` : `${Number(mantissa)}·10${raised}`;
  }

  function write(value, form, count = 3) {
    if (!isNumber(value)) return "–";
    const size = Math.abs(value);
    if (form === "percent") return `${digits(100 * value, count)}%`;
    if (form === "flops" && value > 0) return power(value, count);
    if (form === "steps") {
      for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
        if (size >= 0.9995 * unit) return digits(value / unit, count) + letter;
      }
    }
    if (form === "utd" && value > 0 && value < 1) {
      const inverse = 1 / value;
      if (Math.abs(inverse - Math.round(inverse)) < 1e-9) return `1/${Math.round(inverse)}`;
    }
    if (size && (size < 1e-3 || size >= 1e7)) return power(value, count);
    return digits(value, count);
  }

  /* ---- Axes ---- */
  /* Round numbers inside [low, high] at equal distances, for ranges of less than a decade. */
  function evenTicks(low, high, most) {
    const rough = (high - low) / most, unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * [1, 2, 2.5, 5, 10].find((each) => each * unit >= rough);
    const first = Math.ceil(low / step), last = Math.floor(high / step);
    return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
  }

  /* At most `most` round numbers inside [low, high], evenly spread in log. */
  function niceTicks(low, high, most) {
    const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
    let best = [];
    for (const mantissas of MANTISSAS) {
      const all = [];
      for (let k = first; k <= last; k++) {
        for (const each of mantissas) all.push(Number(`${each}e${k}`));
      }
      const inside = all.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
      if (inside.length > best.length && inside.length <= most) best = inside;
      if (mantissas.length === 1 && inside.length > most) {
        return inside.filter((_, k) => k % Math.ceil(inside.length / most) === 0);
      }
    }
    return best.length < 3 ? evenTicks(low, high, most) : best;
  }

  function powersOfTwo(low, high) {
    const first = Math.ceil(Math.log2(low)), last = Math.floor(Math.log2(high));
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, k) => 2 ** (first + k));
  }

  /* The range of an axis over values and the intervals of points. */
  function range(panel, side) {
    const axis = panel[side], along = [];
    if (axis.range) return axis.log ? axis.range.map(Math.log10) : axis.range;
    for (const mark of panel.marks) {
      if (mark.kind === "rule") {
        if (mark.at === 0 && (mark.along === "x") === (side === "y")) along.push(0);
        continue;
      }
      if (mark.kind === "cells") along.push(-0.5, mark[side].length - 0.5);
      else along.push(...mark[side]);
      if (mark.kind !== "points") continue;
      const ends = side === "x" ? [mark.xlow, mark.xhigh] : [mark.low, mark.high];
      for (const each of ends) along.push(...(each || []));
    }
    const shown = along.filter((each) => isNumber(each) && (!axis.log || each > 0));
    if (axis.down) return [axis.ticks.length - 0.4, -0.6];
    if (!shown.length) return [0, 1];
    const scale = axis.log ? Math.log10 : (each) => each;
    let low = Infinity, high = -Infinity;
    for (const each of shown) {
      low = Math.min(low, scale(each));
      high = Math.max(high, scale(each));
    }
    const isCells = panel.marks.some((mark) => mark.kind === "cells");
    const pad = isCells ? 0 : Math.max(0.06 * (high - low), axis.log ? 0.02 : 1e-9);
    return [low - pad, high + pad];
  }

  /* Labels of given ticks, with space between them: powers of two come first. */
  function spaced(ticks, axis, most) {
    const scale = axis.log ? Math.log : (each) => each;
    const span = scale(Math.max(...ticks)) - scale(Math.min(...ticks)) || 1;
    const rank = (tick) => (Number.isInteger(Math.log2(tick)) ? 0 : 1);
    const chosen = [];
    for (const tick of [...ticks].sort((a, b) => rank(a) - rank(b) || a - b)) {
      if (chosen.every((each) => Math.abs(scale(tick) - scale(each)) > span / most / 1.3)) {
        chosen.push(tick);
      }
    }
    return ticks.map((tick) => (chosen.includes(tick) ? write(tick, axis.form) : ""));
  }

  /* A long title in two lines. */
  const wrapped = (title) => {
    const at = title.length > 26 ? title.indexOf(" ", title.length / 2) : -1;
    return at < 0 ? title : `${title.slice(0, at)}<br>${title.slice(at + 1)}`;
  };

  function layoutAxis(panel, side, width) {
    const axis = panel[side], limits = range(panel, side);
    const most = side === "x" ? Math.max(3, Math.floor(width / 75)) : 6;
    const made = {
      title: { text: width < 420 && side === "x" ? wrapped(axis.title) : axis.title, standoff: 8 }, type: axis.log ? "log" : "linear",
      range: limits, gridcolor: style("grid"), linecolor: style("line"),
      zeroline: false, automargin: true, tickangle: 0,
    };
    const cells = panel.marks.find((mark) => mark.kind === "cells");
    if (cells) {
      return { ...made, tickvals: cells[side].map((_, k) => k), ticktext: cells[side], showgrid: false };
    }
    if (axis.words) return { ...made, tickvals: axis.ticks, ticktext: axis.words };
    if (axis.ticks) return { ...made, tickvals: axis.ticks, ticktext: spaced(axis.ticks, axis, most) };
    if (!axis.log) return { ...made, nticks: most };
    const ends = limits.map((each) => 10 ** each);
    const twos = axis.form === "utd" ? powersOfTwo(ends[0], ends[1]) : [];
    const ticks = twos.length > 1 ? twos : niceTicks(ends[0], ends[1], most);
    return { ...made, tickvals: ticks, ticktext: ticks.map((each) => write(each, axis.form)) };
  }

  /* ---- Marks as traces ---- */
  const short = (title) => title.replace(/ \([^)]*\)$/, "");

  function within(low, high, form) {
    if (!isNumber(low)) return "";
    return isNumber(high) ? ` [${write(low, form)}, ${write(high, form)}]`
      : ` [${write(low, form)}, no upper end]`;
  }

  function hover(mark, panel) {
    return mark.x.map((x, k) => {
      const lines = mark.labels && mark.labels[k] ? [`<b>${mark.labels[k]}</b>`] : [];
      for (const [side, value, low, high] of [
        ["x", x, mark.xlow && mark.xlow[k], mark.xhigh && mark.xhigh[k]],
        ["y", mark.y[k], mark.low && mark.low[k], mark.high && mark.high[k]],
      ]) {
        const axis = panel[side];
        if (axis.words) continue;
        lines.push(`${short(axis.title)}: ${write(value, axis.form)}${within(low, high, axis.form)}`);
      }
      return lines.join("<br>");
    });
  }

  const base = (mark) => ({ type: "scatter", name: mark.name, legendgroup: mark.name });
  const HOVER = { hovertemplate: "%{text}<extra>%{fullData.name}</extra>" };
  const NO_HOVER = { hoverinfo: "skip" };

  /* Intervals as lines with gaps. A percentile interval need not include its value. */
  function bars(mark, rgb) {
    const x = [], y = [];
    const value = (all, k) => (all ? all[k] : null);
    mark.x.forEach((at, k) => {
      let [low, high] = [value(mark.low, k), value(mark.high, k)];
      if (isNumber(low)) {
        if (!isNumber(high)) high = OPEN * mark.y[k];
        x.push(at, at, null);
        y.push(low, high, null);
      }
      [low, high] = [value(mark.xlow, k), value(mark.xhigh, k)];
      if (isNumber(low) && isNumber(high)) {
        x.push(low, high, null);
        y.push(mark.y[k], mark.y[k], null);
      }
    });
    return x.length ? [{ ...base(mark), ...NO_HOVER, mode: "lines", x, y, line: { color: rgb, width: 1.3 } }] : [];
  }

  function band(mark, rgb) {
    if (!mark.low) return [];
    const known = mark.x.map((_, k) => k).filter((k) => isNumber(mark.low[k]) && isNumber(mark.high[k]));
    const back = [...known].reverse();
    return [{
      ...base(mark), ...NO_HOVER, mode: "lines", line: { width: 0 }, fill: "toself",
      fillcolor: faint(rgb, mark.quiet ? 0.12 : 0.2),
      x: [...known, ...back].map((k) => mark.x[k]),
      y: [...known.map((k) => mark.high[k]), ...back.map((k) => mark.low[k])],
    }];
  }

  const KINDS = {
    points(mark, panel) {
      const rgb = colour(mark.colour);
      const symbol = mark.symbol === "x" ? "x-thin" : mark.symbol;
      const stroke = { "x-thin": 2.2 }[symbol] || (symbol.includes("open") ? 1.6 : 0);
      const size = symbol.startsWith("line") ? 10 : mark.size || (mark.faint ? 5 : symbol === "x-thin" ? 8 : 7);
      const tags = mark.tags ? [{
        ...base(mark), ...NO_HOVER, mode: "text", x: mark.x, y: mark.y, text: mark.tags,
        textposition: "top right", textfont: { size: 10, color: style("soft") },
      }] : [];
      return [...bars(mark, rgb), ...tags, {
        ...base(mark), ...HOVER, mode: "markers", x: mark.x, y: mark.y, text: hover(mark, panel),
        marker: { color: rgb, opacity: mark.faint ? 0.55 : 1, symbol, size, line: { width: stroke, color: rgb } },
      }];
    },
    curve(mark, panel) {
      const rgb = colour(mark.colour);
      return [...band(mark, rgb), {
        ...base(mark), ...(mark.quiet ? NO_HOVER : HOVER), mode: "lines", x: mark.x, y: mark.y,
        text: mark.quiet ? [] : hover(mark, panel), opacity: mark.quiet ? 0.5 : 1,
        line: { color: rgb, width: mark.width, dash: mark.dash },
      }];
    },
    rule(mark, panel) {
      const across = mark.along === "x" ? "x" : "y", other = across === "x" ? "y" : "x";
      const axis = panel[across];
      const ends = range(panel, across).map((each) => (axis.log ? 10 ** each : each));
      return [{
        ...base(mark), mode: "lines", [across]: ends, [other]: [mark.at, mark.at],
        hoverinfo: mark.name ? "text" : "skip", text: mark.name ? `${mark.name}: ${write(mark.at, panel[other].form)}` : "",
        line: { color: colour(mark.colour), width: 1, dash: mark.dash },
      }];
    },
    cells(mark) {
      const stops = style("cells").split(" ");
      const text = mark.z.map((row, i) => row.map((each, j) => {
        if (isNumber(each)) return each >= 4 ? "≥4" : each.toFixed(1);
        return mark.labels[i][j] === "not run" ? "" : "×";
      }));
      return [{
        type: "heatmap", showscale: false, zmin: 0, zmax: Math.log(4), xgap: 1, ygap: 1,
        z: mark.z.map((row) => row.map((each) => (isNumber(each) ? Math.log(each) : null))),
        colorscale: stops.map((each, k) => [k / (stops.length - 1), each]),
        text, texttemplate: "%{text}", textfont: { size: 10 },
        customdata: mark.z.map((row, i) => row.map((_, j) => `B = ${mark.x[j]}, η = ${mark.y[i]}<br>${mark.labels[i][j]}`)),
        hovertemplate: "%{customdata}<extra></extra>",
      }, {
        type: "scatter", mode: "text", hoverinfo: "skip", textfont: { size: 12, color: style("soft") },
        x: text.flatMap((row) => row.flatMap((each, j) => (each === "×" ? [j] : []))),
        y: text.flatMap((row, i) => row.flatMap((each) => (each === "×" ? [i] : []))),
        text: "×",
      }];
    },
  };

  function gridLines(panel) {
    return (panel.y.lines || []).map((each) => ({
      type: "line", layer: "below", xref: "paper", x0: 0, x1: 1, y0: each, y1: each,
      line: { color: style("line"), width: 1, dash: "dash" },
    }));
  }

  /* Draw one panel into an element, or draw it again. */
  function draw(element, panel, hidden = new Set()) {
    const traces = panel.marks.flatMap((mark) => KINDS[mark.kind](mark, panel));
    for (const trace of traces) trace.visible = !hidden.has(trace.legendgroup);
    const width = element.clientWidth || 400;
    const layout = {
      title: { text: panel.title, font: { size: 13 }, x: 0.5, xanchor: "center", y: 0.98, yanchor: "top" },
      xaxis: layoutAxis(panel, "x", width), yaxis: layoutAxis(panel, "y", width),
      shapes: gridLines(panel), showlegend: false, hovermode: "closest", dragmode: "zoom",
      margin: { l: 50, r: 12, t: panel.title ? 30 : 10, b: 40 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 11.5, color: style("ink") },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: style("soft"), activecolor: style("ink") },
      hoverlabel: { bgcolor: style("panel"), bordercolor: style("line"), font: { color: style("ink") }, align: "left" },
    };
    return Plotly.react(element, traces, layout, {
      displaylogo: false, responsive: true, displayModeBar: CAN_HOVER ? "hover" : false,
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
      toImageButtonOptions: { format: "svg", filename: element.id },
    });
  }

  /* ---- Figures: their panels, and one legend above them ---- */
  const SHAPES = {
    circle: '<circle cx="9" cy="6" r="4"/>', square: '<rect x="5" y="2" width="8" height="8"/>',
    "triangle-up": '<path d="M9 1.5 13.5 10h-9z"/>', "triangle-down": '<path d="M9 10.5 4.5 2h9z"/>',
    diamond: '<path d="M9 1 14 6 9 11 4 6z"/>', x: '<path d="m5 2 8 8m0-8-8 8" fill="none"/>',
    cross: '<path d="M9 1v10M4 6h10" fill="none"/>', "line-ns": '<path d="M9 1v10" fill="none"/>',
  };

  function swatch(mark) {
    const rgb = colour(mark.colour), symbol = (mark.symbol || "").replace("-open", "");
    const dash = { dash: "5 3", dot: "2 2" }[mark.dash] || "";
    const inside = mark.kind === "points" ? SHAPES[symbol] || SHAPES.circle
      : `<path d="M0 6h18" stroke-dasharray="${dash}"/>`;
    const fill = /open/.test(mark.symbol) ? "none" : rgb;
    return `<svg width="18" height="12" stroke="${rgb}" fill="${fill}" stroke-width="1.6" aria-hidden="true">${inside}</svg>`;
  }

  function legend(element, panels, redraw, hidden) {
    element.replaceChildren();
    const named = new Map();
    for (const mark of panels.flatMap((panel) => panel.marks)) {
      if (mark.name && !mark.quiet && !named.has(mark.name)) named.set(mark.name, mark);
    }
    for (const [name, mark] of named) {
      const button = document.createElement("button");
      button.type = "button";
      button.innerHTML = `${swatch(mark)}<span>${name}</span>`;
      button.setAttribute("aria-pressed", String(!hidden.has(name)));
      button.addEventListener("click", () => {
        if (!hidden.delete(name)) hidden.add(name);
        button.setAttribute("aria-pressed", String(!hidden.has(name)));
        redraw();
      });
      element.append(button);
    }
    if (panels.some((panel) => panel.marks.some((mark) => mark.kind === "cells"))) {
      const scale = document.createElement("span");
      scale.className = "scale";
      scale.innerHTML = `data / best setting's data: 1 <i style="background:linear-gradient(90deg,${style("cells").split(" ").join(",")})"></i> ≥ 4; ×: J is never reached; empty: not run`;
      element.append(scale);
    }
  }

  /* A group of panels that share a legend. `draw` draws all of them. */
  function group(holder, legendElement, panels, name) {
    const hidden = new Set();
    const elements = panels.map((panel, k) => {
      const element = document.createElement("div");
      element.className = "plot";
      element.id = `plot-${name}-${k}`;
      if (panel.wide && panel.y.words) element.style.height = `${9 + 1.5 * panel.y.words.length}rem`;
      holder.append(element);
      return element;
    });
    const size = panels.some((panel) => panel.small) ? "small" : panels.some((panel) => panel.wide) ? "wide"
      : { 1: "one", 2: "two", 4: "two" }[panels.length];
    if (size) holder.classList.add(size);
    const all = { panels, drawn: false };
    all.draw = () => {
      all.drawn = true;
      elements.forEach((element, k) => draw(element, all.panels[k], hidden));
    };
    all.restyle = () => {
      legend(legendElement, all.panels, all.draw, hidden);
      if (all.drawn) all.draw();
    };
    all.restyle();
    return all;
  }

  return { group, write };
})();
