// A signature drawn with mouse, finger or pen: strokes of points between 0 and 1, in a hidden field.
(() => {
  "use strict";
  const form = document.getElementById("letter-form");
  if (!form) return;
  const most = 5000; // points, as letters/signature.py allows
  let stroke = null;

  const pad = () => document.getElementById("signature-pad");
  const field = () => document.getElementById("id_strokes");
  const strokes = () => {
    try {
      const sent = JSON.parse(field().value || "[]");
      return Array.isArray(sent) ? sent : [];
    } catch {
      return [];
    }
  };

  const draw = () => {
    const canvas = pad();
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#0a1a4a";
    pen.lineWidth = 6;
    pen.lineCap = pen.lineJoin = "round";
    for (const points of [...strokes(), ...(stroke ? [stroke] : [])]) {
      pen.beginPath();
      points.forEach(([x, y], number) => {
        pen[number ? "lineTo" : "moveTo"](x * canvas.width, y * canvas.height);
      });
      if (points.length === 1) pen.lineTo(points[0][0] * canvas.width, points[0][1] * canvas.height);
      pen.stroke();
    }
  };

  const point = (event) => {
    const box = pad().getBoundingClientRect();
    const part = (at, start, size) => Math.round(Math.min(1, Math.max(0, (at - start) / size)) * 1e4) / 1e4;
    return [part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)];
  };

  const show = () => {
    const canvas = pad();
    if (!canvas) return;
    document.getElementById("signature").hidden = false;
    draw();
  };

  form.addEventListener("pointerdown", (event) => {
    if (event.target !== pad() || event.button) return;
    event.preventDefault();
    event.target.setPointerCapture(event.pointerId);
    stroke = [point(event)];
    draw();
  });
  form.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const drawn = strokes().reduce((sum, points) => sum + points.length, stroke.length);
    if (drawn >= most) return;
    stroke.push(point(event));
    draw();
  });
  const finish = () => {
    if (!stroke) return;
    field().value = JSON.stringify([...strokes(), stroke]);
    stroke = null;
    field().dispatchEvent(new Event("change", { bubbles: true }));
  };
  form.addEventListener("pointerup", finish);
  form.addEventListener("pointercancel", finish);
  form.addEventListener("click", (event) => {
    if (event.target.id !== "signature-clear") return;
    field().value = "";
    draw();
    field().dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("htmx:afterSettle", show);
  show();
})();
