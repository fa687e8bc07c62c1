// Draws the charts of a page from its tables: one number for people and picture; a bar leads where its number leads.
"use strict";
(() => {
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  if (!figures.length || !window.echarts) return;
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const MANY = 9; // so many labels are not all written below their bars
  // A custom property may say light-dark(): only a colour that is in use is known.
  const colour = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  const palette = () => [1, 2, 3, 4, 5, 6, 7, 8].map((number) => colour(`--chart-${number}`));

  const read = (figure) => {
    const table = figure.querySelector("table");
    const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows].map((row) => ({
      label: row.cells[0].textContent.trim(),
      numbers: [...row.cells].slice(1).map((cell) => ({ value: Number(cell.dataset.value ?? cell.textContent.trim()), href: cell.querySelector("a")?.href || "" })),
    }));
    return { names, rows };
  };

  const room = (figure, rows) => Math.max(40, Math.floor((figure.querySelector(".canvas").clientWidth - 40) / rows.length) - 8);
  const ruler = document.createElement("canvas").getContext("2d");
  // Labels are broken between words only: where a word is wider than its bar's place, the bars lie. Chinese breaks anywhere.
  const lies = (figure, { rows }) => {
    const kind = figure.dataset.chart;
    if (kind !== "bar") return kind === "across";
    ruler.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const words = rows.flatMap((row) => row.label.split(/[\s\u3000-\u9fff\uff00-\uffef]+/));
    return rows.length < MANY && words.some((word) => ruler.measureText(word).width > room(figure, rows));
  };

  // A legend that is too long for one line goes on below: nobody finds the rest of it behind an arrow.
  const legendLines = (figure, { names }) => {
    ruler.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const wide = figure.querySelector(".canvas").clientWidth;
    let lines = 1, used = 0;
    for (const name of names) {
      const needs = ruler.measureText(name).width + 28;
      if (used && used + needs > wide) { lines += 1; used = 0; }
      used += needs;
    }
    return lines;
  };

  const options = (figure, { names, rows }) => {
    const kind = figure.dataset.chart, lying = lies(figure, { rows });
    const text = colour("--text"), dim = colour("--dim"), line = colour("--line"), font = getComputedStyle(document.body).fontFamily;
    const shown = lying ? [...rows].reverse() : rows;
    const dates = rows.every((row) => /^\d{4}-\d\d-\d\d$/.test(row.label));
    const wide = figure.querySelector(".canvas").clientWidth;
    const written = lying ? { interval: 0, width: Math.min(160, Math.floor(wide * 0.4)), overflow: "truncate" }
      : dates ? { formatter: (day) => day.slice(5) }
        : rows.length < MANY ? { interval: 0, width: room(figure, rows), overflow: "break" } : {};
    const labels = {
      type: "category", data: shown.map((row) => row.label), axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { color: dim, fontFamily: font, hideOverlap: dates, ...written },
    };
    const numbers = { type: "value", minInterval: 1, axisLabel: { color: dim, fontFamily: font }, splitLine: { lineStyle: { color: line } } };
    const legend = names.length > 1;
    return {
      animation: false,
      color: figure.dataset.tone === "late" ? [colour("--late"), ...palette()] : palette(),
      textStyle: { fontFamily: font, color: text },
      grid: { left: 4, right: lying ? 36 : 12, top: legend ? 12 + 22 * legendLines(figure, { names }) : 22, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: legend ? { top: 0, left: 0, itemGap: 10, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: dim, fontFamily: font } } : undefined,
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
    figure.prepend(box);
    const fit = () => { box.style.height = lies(figure, data) ? `${Math.max(9, 4 + (data.names.length > 1 ? 2.6 : 1.9) * data.rows.length)}rem` : `${12.6 + 1.4 * legendLines(figure, data)}rem`; };
    fit();
    const details = figure.querySelector("details");
    if (details) details.open = false;
    const chart = echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(options(figure, data));
    chart.on("click", ({ name, seriesIndex }) => { const href = data.rows.find((row) => row.label === name)?.numbers[seriesIndex]?.href; if (href) location.assign(href); });
    const again = () => chart.setOption(options(figure, data), true);
    let width = box.clientWidth;
    new ResizeObserver(() => {
      if (box.clientWidth !== width) { width = box.clientWidth; fit(); again(); }
      chart.resize();
    }).observe(box);
    return again;
  };

  const again = figures.map(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => again.forEach((one) => one()));
})();
