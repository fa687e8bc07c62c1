/* Replay: arrow keys walk through the entries wherever the focus is; slider and page say the same entry. */
(() => {
  const slider = document.getElementById("slider");
  const typing = (target) => target.closest("input, textarea, select, dialog, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const at = Number(slider.value), last = Number(slider.max);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 1, End: last }[event.key];
    if (to === undefined || to < 1 || to > last) return;
    event.preventDefault();
    slider.value = to;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const step = document.getElementById("step");
    if (step && document.activeElement !== slider) slider.value = step.dataset.version;
  });
})();
