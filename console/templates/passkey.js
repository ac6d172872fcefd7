// The forms of passkeys: asks the browser's authenticator, and sends what it answers. Without this script, and where a
// browser knows no passkeys, they stay hidden.
(() => {
  "use strict";
  if (!window.isSecureContext || !window.PublicKeyCredential) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const read = (asked) => {
    const options = { ...asked, challenge: bytes(asked.challenge) };
    if (asked.user) options.user = { ...asked.user, id: bytes(asked.user.id) };
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      if (asked[list]) options[list] = asked[list].map((each) => ({ ...each, id: bytes(each.id) }));
    }
    return options;
  };

  const written = (credential) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    const id = text(credential.rawId);
    return JSON.stringify({ id, rawId: id, type: credential.type, response });
  };

  const sentence = (form, error) => {
    if (error.name === "NotAllowedError") return form.dataset.stopped;
    if (error.name === "InvalidStateError") return form.dataset.known;
    return form.dataset.failed;
  };

  const send = async (form) => {
    form.elements.answer.value = "";
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    const found = await answer.json();
    if (!answer.ok) return found.error;
    const publicKey = read(found.publicKey);
    const making = form.dataset.passkey === "create";
    form.elements.answer.value = written(await navigator.credentials[making ? "create" : "get"]({ publicKey }));
    form.submit();
    return "";
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[role=alert]");
    const button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.hidden = true;
      button.disabled = true;
      try {
        said.textContent = await send(form);
      } catch (error) {
        said.textContent = sentence(form, error);
      }
      said.hidden = !said.textContent;
      button.disabled = false;
    });
    form.hidden = false;
  }
  for (const each of document.querySelectorAll("[data-no-passkey]")) each.hidden = true;
})();
