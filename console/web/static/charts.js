// Draws the charts of a page from its tables: one number for people and picture; a bar leads where its number leads.
"use strict";
(() => {
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  if (!figures.length || !window.echarts) return;
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // A custom property may say light-dark(): only a colour that is in use is known.
  const colour = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  const palette = () => ["--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5", "--chart-6"].map(colour);

  const read = (figure) => {
    const table = figure.querySelector("table");
    const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows].map((row) => ({
      label: row.cells[0].textContent.trim(),
      numbers: [...row.cells].slice(1).map((cell) => ({ value: Number(cell.dataset.value ?? cell.textContent.trim()), href: cell.querySelector("a")?.href || "" })),
    }));
    return { names, rows };
  };

  const options = (figure, { names, rows }) => {
    const kind = figure.dataset.chart, lying = kind === "across";
    const room = Math.max(40, Math.floor((figure.querySelector(".canvas").clientWidth - 40) / rows.length) - 8);
    const text = colour("--text"), dim = colour("--dim"), line = colour("--line"), font = getComputedStyle(document.body).fontFamily;
    const shown = lying ? [...rows].reverse() : rows;
    const dates = rows.every((row) => /^\d{4}-\d\d-\d\d$/.test(row.label));
    const labels = {
      type: "category", data: shown.map((row) => row.label), axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { color: dim, fontFamily: font, hideOverlap: dates, ...(lying ? { width: 130, overflow: "truncate" } : {}), ...(dates ? { formatter: (day) => day.slice(5) } : rows.length < 9 ? { interval: 0, width: room, overflow: "break" } : {}) },
    };
    const numbers = { type: "value", minInterval: 1, axisLabel: { color: dim, fontFamily: font }, splitLine: { lineStyle: { color: line } } };
    const legend = names.length > 1;
    return {
      animation: false,
      color: figure.dataset.tone === "late" ? [colour("--late"), ...palette()] : palette(),
      textStyle: { fontFamily: font, color: text },
      grid: { left: 4, right: lying ? 36 : 12, top: legend ? 34 : 22, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: legend ? { type: "scroll", top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: dim, fontFamily: font }, pageTextStyle: { color: dim }, pageIconColor: text, pageIconInactiveColor: line } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: kind === "line" ? "line" : "shadow", lineStyle: { color: dim }, shadowStyle: { opacity: 0.08 } }, backgroundColor: colour("--raised"), borderColor: line, textStyle: { color: text, fontFamily: font, fontSize: 12 } },
      xAxis: lying ? numbers : labels,
      yAxis: lying ? labels : numbers,
      series: names.map((name, place) => ({
        name, type: kind === "line" ? "line" : "bar", stack: kind === "stacked" ? "all" : undefined,
        barMaxWidth: 34, symbolSize: 7, showSymbol: rows.length < 40, showAllSymbol: true, cursor: "pointer",
        label: { show: kind !== "line" && kind !== "stacked" && rows.length < 12 && names.length < 3, position: lying ? "right" : "top", color: text, fontFamily: font, formatter: ({ value }) => (value ? String(value) : "") },
        data: shown.map((row) => row.numbers[place].value),
      })),
      aria: { enabled: false },
    };
  };

  const draw = (figure) => {
    const data = read(figure);
    const box = document.createElement("div");
    box.className = "canvas";
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", figure.dataset.title);
    if (figure.dataset.chart === "across") box.style.height = `${Math.max(9, 4 + (data.names.length > 1 ? 2.6 : 1.9) * data.rows.length)}rem`;
    figure.prepend(box);
    const details = figure.querySelector("details");
    if (details) details.open = false;
    const chart = echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(options(figure, data));
    const shown = figure.dataset.chart === "across" ? [...data.rows].reverse() : data.rows;
    chart.on("click", ({ dataIndex, seriesIndex }) => { const href = shown[dataIndex]?.numbers[seriesIndex]?.href; if (href) location.assign(href); });
    new ResizeObserver(() => chart.resize()).observe(box);
    return () => chart.setOption(options(figure, data));
  };

  const again = figures.map(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => again.forEach((one) => one()));
})();
