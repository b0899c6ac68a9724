/* The closed formulas of the paper, and the statistics that the sliders need.

   A law is {scale, exponent, asymptote}: y = asymptote + scale·x^exponent. The functions
   give the same numbers as `workflow` in Python. */
const formulas = (() => {
  const POINTS = 100, ZOOMS = 12, ZOOM = 9, BESIDE = 1 + 1e-9;

  const law = (of, x) => of.asymptote + of.scale * Math.pow(x, of.exponent);

  /* C_J = 10·N·B(σ)·σ·D_J. */
  const compute = (flops, size, batch, utd, data) => flops * size * batch * utd * data;

  /* F = C_J + δ·D_J. */
  const budget = (delta, data, cost) => cost + delta * data;

  /* `count` numbers from low to high, evenly spread in log. */
  function spread(low, high, count) {
    const step = Math.log(high / low) / (count - 1);
    const all = Array.from({ length: count }, (_, k) => low * Math.exp(k * step));
    all[count - 1] = high;
    return all;
  }

  const smallest = (values) => {
    let best = 0;
    for (let k = 1; k < values.length; k++) {
      if (values[k] < values[best] || Number.isNaN(values[best])) best = k;
    }
    return best;
  };

  /* The x in [low, high] where f is smallest: the best point of a grid and, unless only
     the grid counts, zooms into the cells beside it. */
  function minimum(f, low, high, onGrid) {
    const grid = spread(low, high, POINTS);
    const best = smallest(grid.map(f));
    let x = grid[best];
    if (!onGrid) {
      let left = Math.log(grid[Math.max(best - 1, 0)]);
      let right = Math.log(grid[Math.min(best + 1, POINTS - 1)]);
      for (let zoom = 0; zoom < ZOOMS; zoom++) {
        const trial = Array.from(
          { length: ZOOM }, (_, k) => left + (right - left) * (k / (ZOOM - 1)));
        const at = smallest(trial.map((each) => f(Math.exp(each))));
        left = trial[Math.max(at - 1, 0)];
        right = trial[Math.min(at + 1, ZOOM - 1)];
      }
      x = Math.exp((left + right) / 2);
    }
    return { x, atEdge: x <= low * BESIDE || x >= high / BESIDE };
  }

  /* Least squares of log y on log x: y = scale·x^exponent. */
  function fitLine(x, y) {
    const lx = x.map(Math.log), ly = y.map(Math.log), n = x.length;
    const mean = (all) => all.reduce((sum, each) => sum + each, 0) / n;
    const mx = mean(lx), my = mean(ly);
    let cross = 0, square = 0;
    for (let k = 0; k < n; k++) {
      cross += (lx[k] - mx) * (ly[k] - my);
      square += (lx[k] - mx) ** 2;
    }
    const exponent = square > 1e-12 ? cross / square : NaN;
    return { scale: Math.exp(my - exponent * mx), exponent, asymptote: 0 };
  }

  /* The 95% percentile interval; null where fewer than half of the values are finite. */
  function interval(values) {
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    if (!sorted.length || sorted.length < values.length / 2) return [null, null];
    return [0.025, 0.975].map((share) => {
      const at = share * (sorted.length - 1), below = Math.floor(at);
      const above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    });
  }

  return { law, compute, budget, spread, minimum, fitLine, interval };
})();
