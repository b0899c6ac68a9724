/* The sliders for J, δ and σ, and everything that follows from them. */
const explorer = (() => {
  const CURVE = 60, FACTOR = 3; /* δ varies by this many powers of ten in each direction. */
  const write = plots.write;

  /* Draws of a law: count × number of laws × (scale, exponent, asymptote). */
  function unpack(law) {
    if (!law.draws) return { count: 0, at: () => null };
    const raw = Uint8Array.from(atob(law.draws), (each) => each.charCodeAt(0));
    const numbers = new Float32Array(raw.buffer);
    const width = numbers.length / law.shown;
    return {
      count: law.shown,
      at(draw, k = 0) {
        const start = draw * width + 3 * k;
        return { scale: numbers[start], exponent: numbers[start + 1], asymptote: numbers[start + 2] };
      },
    };
  }

  const one = (law, k) => (k === undefined ? law : {
    scale: law.scale[k], exponent: law.exponent[k], asymptote: law.asymptote[k],
  });

  const text = (value, ends, form) =>
    `${write(value, form)}${ends[0] === null ? "" : ` [${write(ends[0], form)}, ${write(ends[1], form)}]`}`;

  function start(data) {
    const form = document.getElementById("controls");
    const get = (id) => document.getElementById(id);
    const sets = data.sets.map((each) => ({ ...each, drawn: unpack(each.law), batches: unpack(each.batch) }));
    const best = data.best.map((each) => ({ ...each, drawn: unpack(each.law) }));
    let optima = null, shown = null;

    /* Data, compute and budget of one level at one σ, for the fit or for one draw. */
    function costs(set, k, delta, utd, draw) {
      const law = draw === undefined ? one(set.law, k) : set.drawn.at(draw, k);
      const batch = (draw !== undefined && set.batches.at(draw)) || set.batch;
      const steps = formulas.law(law, utd);
      const cost = formulas.compute(data.flops, data.model_size, formulas.law(batch, utd), utd, steps);
      return { data: steps, compute: cost, budget: formulas.budget(delta, steps, cost) };
    }

    function withEnds(set, k, delta, utd) {
      const value = costs(set, k, delta, utd);
      const draws = Array.from({ length: set.drawn.count }, (_, d) => costs(set, k, delta, utd, d));
      return Object.fromEntries(Object.keys(value).map((name) => [
        name, [value[name], formulas.interval(draws.map((each) => each[name]))],
      ]));
    }

    /* The σ with the smallest budget at one level. */
    function cheapest(set, k, delta, draw) {
      const [low, high] = [set.utds[0], set.utds[set.utds.length - 1]];
      const found = formulas.minimum(
        (utd) => costs(set, k, delta, utd, draw).budget, low, high, set.grid_optimum);
      const at = costs(set, k, delta, found.x, draw);
      const known = Number.isFinite(at.budget);
      return { utd: known ? found.x : NaN, atEdge: known && found.atEdge, ...at };
    }

    /* σ*(F) through the optima of the levels to fit on; null if it is not identifiable. */
    function along(set, all) {
      const used = all.filter((each, k) => set.fitted[k] && Number.isFinite(each.budget)
        && (set.count_bounds || !each.atEdge));
      const budgets = used.map((each) => each.budget);
      const spans = Math.max(...budgets) / Math.min(...budgets) >= data.least_span;
      if (!set.count_bounds && (used.length < data.least_optima || !spans)) return null;
      return used.length < 2 ? null : formulas.fitLine(budgets, used.map((each) => each.utd));
    }

    /* Optima of every level, and σ*(F), with intervals from the draws. */
    function allOptima(set, delta) {
      const levels = set.levels.map((_, k) => k);
      const value = levels.map((k) => cheapest(set, k, delta));
      const draws = Array.from({ length: set.drawn.count }, (_, d) => levels.map((k) => cheapest(set, k, delta, d)));
      const fits = draws.map((each) => along(set, each)).filter(Boolean);
      const enough = set.count_bounds || !draws.length || fits.length >= draws.length / 2;
      const fit = enough ? along(set, value) : null;
      return {
        value, fit,
        exponent: fit ? [fit.exponent, formulas.interval(fits.map((each) => each.exponent))] : null,
        ends: (name) => levels.map((k) => formulas.interval(draws.map((each) => each[k][name]))),
        fitEnds: (x) => formulas.interval(fits.map((each) => formulas.law(each, x))),
      };
    }

    function state() {
      return {
        set: sets[Number(get("set").value)], k: Number(get("level").value),
        delta: 10 ** Number(get("delta").value), utd: 2 ** Number(get("utd").value),
      };
    }

    const curve = (name, colour, x, y, ends, more) => ({
      kind: "curve", name, colour, dash: "solid", width: 2, x, y,
      ...(ends && ends.some((each) => each[0] !== null)
        ? { low: ends.map((each) => each[0]), high: ends.map((each) => each[1]) } : {}), ...more,
    });
    const points = (name, colour, symbol, x, y, ends, more) => ({
      kind: "points", name, colour, symbol, x, y,
      ...(ends ? { low: ends.map((each) => each[0]), high: ends.map((each) => each[1]) } : {}), ...more,
    });
    const axis = (title, form, log = true) => ({ title, form, log });

    function panels({ set, k, delta, utd }) {
      const x = formulas.spread(set.utds[0], set.utds[set.utds.length - 1], CURVE);
      const on = x.map((each) => withEnds(set, k, delta, each));
      const here = withEnds(set, k, delta, utd), star = optima.value[k];
      const part = (name) => on.map((each) => each[name][0]);
      const ends = (name) => on.map((each) => each[name][1]);
      const level = write(set.levels[k], "plain", 4);
      const sigma = { ...axis("UTD ratio σ", "utd"), ticks: set.utds };
      const steps = axis(`Data to reach J = ${level} (env. steps)`, "steps");
      const flops = axis(`Compute to reach J = ${level} (${data.unit})`, "flops");
      const chosen = `σ = ${write(utd, "plain")}`, bestUtd = `σ* = ${write(star.utd, "plain")}`;
      const mark = (name, colour, symbol, px, py, label) => points(name, colour, symbol, [px], [py], null, { labels: [label], size: 11 });
      const runs = set.runs;
      const runEnds = set.utds.map((_, i) => [runs.low[k][i], runs.high[k][i]]);
      const first = {
        title: "Data", x: sigma, y: steps, marks: [
          curve("Fit", "blue", x, part("data"), ends("data")),
          points("Runs", "blue", "circle", set.utds, runs.data[k], runEnds),
          mark("Chosen σ", "green", "diamond", utd, here.data[0], chosen),
          mark("Best σ*", "orange", "x", star.utd, star.data, bestUtd),
        ],
      };
      const bottom = Math.min(...part("data")), cheap = Math.min(...part("compute"));
      const costs = formulas.spread(cheap, Math.max(star.budget * 0.999, cheap * 1.001), CURVE)
        .filter((each) => (star.budget - each) / delta >= bottom * 0.9);
      const second = {
        title: "Data against compute", x: flops, y: steps, marks: [
          curve("Fit", "blue", part("compute"), part("data"), null, { labels: x.map((each) => `σ = ${write(each, "plain")}`) }),
          points("Runs", "blue", "circle", runs.compute[k], runs.data[k], null, {
            labels: set.utds.map((each) => `σ = ${write(each, "utd")}`), tags: set.utds.map((each) => write(each, "utd")),
          }),
          curve("Equal budget", "grey", costs, costs.map((each) => (star.budget - each) / delta), null, { dash: "dash", width: 1 }),
          mark("Chosen σ", "green", "diamond", here.compute[0], here.data[0], chosen),
          mark("Best σ*", "orange", "x", star.compute, star.data, bestUtd),
        ],
      };
      const third = {
        title: "Budget F = C + δD", x: sigma, y: axis(`Budget (${data.unit})`, "flops"), marks: [
          curve("Fit", "blue", x, part("budget"), ends("budget")),
          mark("Chosen σ", "green", "diamond", utd, here.budget[0], chosen),
          mark("Best σ*", "orange", "x", star.utd, star.budget, bestUtd),
        ],
      };
      return [first, second, third, starPanel({ set, k })];
    }

    function starPanel({ set, k }) {
      const known = optima.value.map((_, i) => i).filter((i) => Number.isFinite(optima.value[i].budget));
      const starEnds = optima.ends("utd"), budgetEnds = optima.ends("budget");
      const pick = (indices, name, colour, symbol) => points(
        name, colour, symbol, indices.map((i) => optima.value[i].budget), indices.map((i) => optima.value[i].utd),
        indices.map((i) => starEnds[i]), {
          xlow: indices.map((i) => budgetEnds[i][0]), xhigh: indices.map((i) => budgetEnds[i][1]),
          labels: indices.map((i) => `J = ${write(set.levels[i], "plain", 4)}`),
        });
      const edge = (i) => optima.value[i].atEdge, marks = [];
      const other = (i) => !set.fitted[i] && !set.held_out[i];
      if (optima.fit) {
        const budgets = known.map((i) => optima.value[i].budget);
        const x = formulas.spread(Math.min(...budgets) / 1.1, Math.max(...budgets) * 1.1, CURVE);
        marks.push(curve("Fit σ*(F)", "grey", x, x.map((each) => formulas.law(optima.fit, each)), x.map(optima.fitEnds)));
      }
      marks.push(
        pick(known.filter((i) => set.fitted[i] && !edge(i)), "Optimum of a level", "blue", "circle"),
        pick(known.filter((i) => set.held_out[i] && !edge(i)), "Held out", "ink", "x"),
        pick(known.filter((i) => other(i) && !edge(i)), "Other environments", "grey", "square"),
        pick(known.filter(edge), "Bound", "grey", "circle-open"));
      if (known.includes(k)) {
        const at = optima.value[k];
        marks.push(points("Best σ*", "orange", "x", [at.budget], [at.utd], null, { size: 11, labels: [`J = ${write(set.levels[k], "plain", 4)}`] }));
      }
      const title = optima.exponent ? `σ* ∝ F<sup>${text(...optima.exponent, "plain")}</sup>` : "σ*(F) is not identifiable at this δ";
      return { title, x: axis(`Budget F (${data.unit})`, "flops"), y: axis("Optimal UTD ratio σ*", "utd"), marks: marks.filter((each) => each.x.length) };
    }

    function card(parent, kind, name, value, more) {
      const box = document.createElement("div");
      box.className = kind;
      box.innerHTML = `<span>${name}</span><b>${value}</b><span>${more || ""}</span>`;
      parent.append(box);
    }

    const bracket = (ends, form) => (ends[0] === null ? "no interval" : `[${write(ends[0], form)}, ${write(ends[1], form)}]`);

    function readout({ set, k, delta, utd }) {
      const holder = get("readout"), here = withEnds(set, k, delta, utd), star = optima.value[k];
      holder.replaceChildren();
      for (const [name, symbol, unit] of [["data", "Data D<sub>J</sub>", "steps"], ["compute", "Compute C<sub>J</sub>", "flops"], ["budget", "Budget F", "flops"]]) {
        card(holder, "", `${symbol} at σ = ${write(utd, "plain")}`, write(here[name][0], unit),
          `${unit === "steps" ? "env. steps" : data.unit}, ${bracket(here[name][1], unit)}`);
      }
      const low = star.utd <= set.utds[0] * 1.000001 ? "≤ " : "", high = star.atEdge && !low ? "≥ " : "";
      card(holder, "star", `Best σ* for J = ${write(set.levels[k], "plain", 4)}`, low + high + write(star.utd, "plain"),
        `${bracket(optima.ends("utd")[k], "plain")}, F = ${write(star.budget, "flops")}`);
      card(holder, "star", "F at the chosen σ / F at σ*", write(here.budget[0] / star.budget, "plain"), star.atEdge ? "σ* is a bound: the end of the range that was run" : "");
      for (const each of best) {
        const lines = each.environments.map((env, i) => {
          const draws = Array.from({ length: each.drawn.count }, (_, d) => formulas.law(each.drawn.at(d, i), utd));
          return `${env}: ${text(formulas.law(one(each.law, i), utd), formulas.interval(draws), "plain")}`;
        });
        const mean = Math.exp(each.environments.reduce((sum, _, i) => sum + Math.log(formulas.law(one(each.law, i), utd)), 0) / each.environments.length);
        const beyond = utd < each.utds[0] * 0.999 || utd > each.utds[1] * 1.001 ? " (extrapolated)" : "";
        card(holder, "best", `Best ${each.words} ${each.symbol} at σ = ${write(utd, "plain")}${beyond}`, write(mean, "plain"), lines.join("<br>"));
      }
    }

    /* Compute and draw again. σ* depends only on the set of runs and on δ. */
    function update() {
      const now = state();
      optima = optima || allOptima(now.set, now.delta);
      get("level-text").textContent = write(now.set.levels[now.k], "plain", 4);
      get("delta-text").textContent = `${write(now.delta, "flops")} ${data.unit}`;
      get("utd-text").textContent = write(now.utd, "plain");
      readout(now);
      const next = panels(now);
      if (!shown) shown = plots.group(get("explorer-plots"), get("explorer-legend"), next, "explorer");
      shown.panels = next;
      shown.drawn = true;
      shown.restyle();
    }

    /* Set the ranges of the sliders for the chosen runs. */
    function ranges(keep) {
      const set = state().set, reached = set.converged.map((each, k) => (each ? k : -1));
      const level = get("level"), delta = get("delta"), utd = get("utd");
      const put = (input, low, high, value) => { Object.assign(input, { min: low, max: high, value }); };
      const [low, high] = [set.utds[0], set.utds[set.utds.length - 1]].map(Math.log2);
      const middle = Math.log10(data.delta);
      put(level, 0, set.levels.length - 1, keep ? level.value : Math.max(...reached, 0));
      put(delta, middle - FACTOR, middle + FACTOR, keep ? delta.value : middle);
      put(utd, low, high, keep ? utd.value : (low + high) / 2);
    }

    /* Sliders send events faster than the plots can be drawn: once a frame is enough. */
    let waiting = false;
    form.addEventListener("input", (event) => {
      if (event.target.id === "set") ranges(true);
      if (["set", "delta"].includes(event.target.id)) optima = null;
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; update(); });
    });
    form.addEventListener("reset", () => setTimeout(() => { optima = null; ranges(false); update(); }));
    form.addEventListener("submit", (event) => event.preventDefault());
    ranges(false);
    update();
    return { restyle: update };
  }

  return { start };
})();
