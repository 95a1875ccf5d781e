// Runs before the page is drawn, so that parts which the scripts fold up do not jump. A file, because the
// content security policy allows no script inside a page.
document.body.className += " js-enabled" + ("noModule" in HTMLScriptElement.prototype ? " govuk-frontend-supported" : "");
