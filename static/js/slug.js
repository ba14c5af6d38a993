/**
 * A field with data-slug-from="ID" suggests an address made from that field while it is typed in,
 * until a person types an own one. The server makes the same from an empty field.
 */

/** Return a text as the part of an address: "Acme Support" is "acme-support". */
export function slugify(text) {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9_\s-]/g, "")
    .trim()
    .replace(/[\s-]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "");
}

function suggest(name, field) {
  if (field.dataset.typed) return;
  field.value = slugify(name.value).slice(0, field.maxLength > 0 ? field.maxLength : undefined);
}

/** Start the suggestion of every such field of the page. */
export function startSlugs() {
  for (const field of document.querySelectorAll("[data-slug-from]")) {
    const name = document.getElementById(field.dataset.slugFrom);
    if (field.value) field.dataset.typed = "true";
    name.addEventListener("input", () => suggest(name, field));
    field.addEventListener("input", () => {
      if (field.value) field.dataset.typed = "true";
      else delete field.dataset.typed;
    });
  }
}
