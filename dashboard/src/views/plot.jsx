// The plot of one point, as steps: a value holds until the next one; where there is none, a gap.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

const HEIGHT = 260;

function seriesOf(app, point) {
  const line = app.model.history.get(point.id) ?? { times: [], values: [] };
  const times = [], values = [];
  line.times.forEach((at, i) => {
    // A value holds until it is lost, not only until it was last told.
    if (i > 0 && line.values[i] === null && line.values[i - 1] !== null) {
      times.push(at - 0.001);
      values.push(line.values[i - 1]);
    }
    times.push(at);
    values.push(line.values[i]);
  });
  // The last value holds until now, but only while there is a now.
  const nowS = app.nowMs / 1000;
  if (app.model.current && times.length && point.quality === "good" && nowS > times[times.length - 1]) {
    times.push(nowS);
    values.push(values[values.length - 1]);
  }
  return [times, values];
}

function options(width, point, color) {
  const grid = { stroke: color("--line"), width: 1 }, axis = { stroke: color("--text"), grid, ticks: grid, font: "12px sans-serif" };
  const isState = point.text !== null;
  return {
    width, height: HEIGHT, legend: { show: false }, cursor: { drag: { x: true, y: false } },
    scales: isState ? { y: { range: [-0.1, 1.1] } } : {},
    axes: [{ ...axis, values: [[3600, "{HH}:{mm}"], [60, "{HH}:{mm}"], [1, "{HH}:{mm}:{ss}"]] },
      { ...axis, size: 56, values: isState ? (_, marks) => marks.map((mark) => (mark === 0 || mark === 1 ? String(mark) : "")) : undefined }],
    series: [{}, { stroke: color("--accent"), width: 2, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } }],
  };
}

export function Plot({ app, point }) {
  const box = useRef(null), plot = useRef(null);
  useEffect(() => {
    const element = box.current, style = getComputedStyle(element);
    const color = (name) => style.getPropertyValue(name).trim();
    plot.current = new uPlot(options(element.clientWidth, point, color), seriesOf(app, point), element);
    const observer = new ResizeObserver(() => plot.current.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current.destroy();
    };
  }, [point.id]);
  useEffect(() => {
    plot.current.setData(seriesOf(app, point));
  }, [app.nowMs, point.time]);
  return <div class="plot" ref={box} role="img" />;
}
