// Code that is wider than its place can be scrolled by keys as well.
const observer = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
document.querySelectorAll("pre").forEach((code) => observer.observe(code));

// A page that was opened from a folder may not read others, where the search would find excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
