// Small pictures. Each stands beside its word: shape and word say what colour says.

const SHAPES = {
  critical: <><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" /><path class="mark" d="M8 4v5M8 11.2v.6" /></>,
  high: <><path d="M8 1.2 15.4 14.6H.6z" /><path class="mark" d="M8 6v4M8 12v.6" /></>,
  medium: <><path d="M8 .8 15.2 8 8 15.2.8 8z" /><path class="mark" d="M8 4.6v4M8 10.6v.6" /></>,
  low: <><circle cx="8" cy="8" r="7" /><path class="mark" d="M8 7v5M8 4v.6" /></>,
  ok: <><circle cx="8" cy="8" r="7" /><path class="mark" d="m4.6 8.2 2.4 2.4 4.4-5" /></>,
  drill: <path d="M3 1h1.6v14H3zM5.6 2H14l-2.4 3.2L14 8.4H5.6z" />,
  open: <rect class="line" x="2.2" y="2.2" width="11.6" height="11.6" rx="2" />,
  accepted: <><rect class="line" x="2.2" y="2.2" width="11.6" height="11.6" rx="2" /><path d="M4.6 8h6.8" class="line" /></>,
  done: <><rect x="1.4" y="1.4" width="13.2" height="13.2" rx="2.4" /><path class="mark" d="m4.4 8.2 2.6 2.6 4.6-5.4" /></>,
  failed: <><rect x="1.4" y="1.4" width="13.2" height="13.2" rx="2.4" /><path class="mark" d="m5 5 6 6M11 5l-6 6" /></>,
  skipped: <><rect class="line" x="2.2" y="2.2" width="11.6" height="11.6" rx="2" /><path class="line" d="m4.6 11.4 6.8-6.8" /></>,
  sound: <><path d="M2 6h2.6L8.4 2.6v10.8L4.6 10H2z" /><path class="line" d="M10.6 5.4a4 4 0 0 1 0 5.2M12.6 3.4a7 7 0 0 1 0 9.2" /></>,
  mute: <><path d="M2 6h2.6L8.4 2.6v10.8L4.6 10H2z" /><path class="line" d="m10.6 6 4 4M14.6 6l-4 4" /></>,
  link: <><circle cx="8" cy="8" r="3.4" /><path class="line" d="M3 3a7 7 0 0 0 0 10M13 3a7 7 0 0 1 0 10" /></>,
  away: <><circle class="line" cx="8" cy="8" r="6" /><path class="line" d="M3.8 3.8l8.4 8.4" /></>,
  machine: <><rect class="line" x="2" y="4.4" width="12" height="8.6" rx="2" /><path class="line" d="M8 1.4v3M5.4 8.2v1M10.6 8.2v1" /></>,
  clock: <><circle class="line" cx="8" cy="8" r="6.2" /><path class="line" d="M8 4.4V8l2.6 1.8" /></>,
  building: <path d="M2.6 15V3.4L8 1l5.4 2.4V15H9.4v-3.6H6.6V15zM5 5v1.6h1.8V5zm4.2 0v1.6H11V5zM5 8.2v1.6h1.8V8.2zm4.2 0v1.6H11V8.2z" />,
  trouble: <><path class="line" d="M9.8 2a4 4 0 0 0-4 5.3L1.9 11.2a2 2 0 1 0 2.9 2.9l3.9-3.9A4 4 0 0 0 14 6.2L11.8 8.4 9 7.7l-.7-2.8L10.5 2.7z" /></>,
  record: <><path class="line" d="M3 1.8h10v12.4H3zM5.4 5h5.2M5.4 8h5.2M5.4 11h3" /></>,
  statistics: <path d="M2 13.6h12V15H2zM3 8h2.4v4.6H3zM6.8 3.6h2.4v9H6.8zM10.6 6h2.4v6.6h-2.4z" />,
  plus: <path class="line" d="M8 2.6v10.8M2.6 8h10.8" />,
  back: <path class="line" d="M10 2.6 4.6 8l5.4 5.4" />,
};

export function Icon({ name, size }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" style={size && { fontSize: `${size}px` }} aria-hidden="true">
      {SHAPES[name] ?? SHAPES.high}
    </svg>
  );
}
