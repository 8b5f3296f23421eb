// Runs in the page: the contrast of each visible text against what is behind it, as WCAG reckons.
// Returns those below AA: 4.5, or 3 for large text.

export function poorContrast() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a)).concat(1);
  const luminance = (color) => color.slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const grey = (color) => {
    const value = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
    return [value, value, value, color[3]];
  };

  /** What may be behind the element: each color of a pattern counts. */
  function backgrounds(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at), plain = parse(style.backgroundColor);
      const pattern = style.backgroundImage.match(/(rgba?|color)\([^()]*\)|transparent/g) ?? [];
      layers.push([plain, pattern.map(parse)]);
      if (plain[3] === 1)
        break;
    }
    let found = [[255, 255, 255, 1]];
    for (const [plain, pattern] of layers.reverse()) {
      found = found.map((below) => over(plain, below));
      if (pattern.length)
        found = found.flatMap((below) => pattern.map((color) => over(color, below)));
    }
    return found;
  }

  const poor = new Map(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let count = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility?.({ contentVisibilityAuto: true }) || /^(SCRIPT|STYLE|OPTION|NOSCRIPT)$/.test(element.tagName))
      continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const isGrey = element.closest(".away .content, .away .wall, .away .tabs");
    const behind = backgrounds(element).map((color) => (isGrey ? grey(color) : color));
    for (const background of behind) {
      const ink = over(parse(style.color), background);
      const found = ratio(isGrey ? grey(ink) : ink, background);
      count++;
      if (found < least)
        poor.set(`${element.tagName}.${element.className} "${node.data.trim().slice(0, 20)}" ${found.toFixed(2)}`, 1);
    }
  }
  return { count, poor: [...poor.keys()] };
}
