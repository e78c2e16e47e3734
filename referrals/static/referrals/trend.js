// Draws the table of sums as lines over time. Without this file the table says it all. A module: its names are its own.

const figure = document.getElementById("trend");
const sums = document.getElementById("sums");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const MOST = 27; // the highest sum of either scale
const DAY_WIDTH = 80; // pixels that a day's name takes
let drawn = null;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function daysOf(rows) {
  return rows.map((row) => Date.parse(row.dataset.at));
}

// What each scale looks like differs by more than its colour: a circle on a line, a triangle on dashes.
const LOOKS = [
  { token: "--accent", pointStyle: "circle", borderDash: [] },
  { token: "--warn", pointStyle: "triangle", borderDash: [7, 4] },
];

function lineOf(heading, index) {
  const cells = [...sums.querySelectorAll(`td[data-scale="${heading.dataset.scale}"]`)];
  const look = LOOKS[index % LOOKS.length];
  return {
    label: heading.textContent,
    data: cells.map((cell) => ({ x: Date.parse(cell.parentElement.dataset.at), y: Number(cell.dataset.sum) })),
    borderColor: colour(look.token),
    backgroundColor: colour(look.token),
    borderDash: look.borderDash,
    pointStyle: look.pointStyle,
    pointRadius: 6,
    pointHoverRadius: 7,
    borderWidth: 2.5,
  };
}

// The days that have room beside each other.
function apart(days, least) {
  const kept = [];
  for (const day of days) if (!kept.length || day - kept.at(-1) >= least) kept.push(day);
  return kept.map((value) => ({ value }));
}

function uprights(at) {
  return {
    id: "sessions",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      ctx.save();
      ctx.strokeStyle = colour("--edge");
      ctx.setLineDash([2, 4]);
      ctx.lineWidth = 2;
      for (const moment of at) {
        const x = scales.x.getPixelForValue(moment);
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}

function draw() {
  if (drawn) drawn.destroy();
  const language = document.documentElement.lang;
  const short = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: figure.dataset.zone });
  const rows = [...sums.querySelectorAll("tr[data-at]")];
  const answered = rows.filter((row) => !("session" in row.dataset));
  const all = daysOf(rows);
  const room = Math.max((Math.max(...all) - Math.min(...all)) * 0.05, 3.6e6);
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 14;
  Chart.defaults.color = colour("--soft");
  const grid = { color: colour("--line") };
  drawn = new Chart(figure.querySelector("canvas"), {
    type: "line",
    data: { datasets: [...sums.querySelectorAll("th[data-scale]")].map(lineOf) },
    plugins: [uprights(daysOf(rows.filter((row) => "session" in row.dataset)))],
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "nearest", intersect: false },
      scales: {
        x: {
          type: "linear",
          min: Math.min(...all) - room,
          max: Math.max(...all) + room,
          grid: { display: false },
          afterBuildTicks(axis) {
            axis.ticks = apart(daysOf(answered), (DAY_WIDTH * (axis.max - axis.min)) / axis.chart.width);
          },
          ticks: { maxRotation: 0, autoSkip: false, callback: (value) => short.format(value) },
        },
        y: { min: 0, max: MOST, grid, ticks: { stepSize: 9 } },
      },
      plugins: {
        legend: { labels: { usePointStyle: true, boxHeight: 9 } },
        tooltip: { callbacks: { title: (items) => short.format(items[0].parsed.x) } },
      },
    },
  });
}

if (figure && sums && window.Chart) {
  figure.hidden = false;
  draw();
  dark.addEventListener("change", draw);
}
