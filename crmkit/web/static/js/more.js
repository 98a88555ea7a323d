/** What follows below comes when one scrolls near it; the button stays for the keyboard. */
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    target.click();
  }
}, { rootMargin: "200px" });

function attach() {
  for (const button of document.querySelectorAll("[data-more]")) seen.observe(button);
}

attach();
document.addEventListener("htmx:after:swap", attach);
