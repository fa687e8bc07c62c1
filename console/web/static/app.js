// What the browser adds to the pages: keys, the palette, the drawer, drafts, and news of what moved.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = JSON.parse($("#words")?.textContent || "{}");
  const say = (text) => { const region = $("#live-region"); if (region) region.textContent = text; };
  const person = document.body.dataset.person || "";
  const stored = (key, usual) => { try { return JSON.parse(localStorage.getItem(key)) ?? usual; } catch { return usual; } };
  const store = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* a full or forbidden store: drafts are a comfort, not a promise */ } };
  const forget = (key) => { try { localStorage.removeItem(key); } catch { /* as above */ } };

  // ── The drawer ───────────────────────────────────────────────────────────────────────────────────────────────────
  const drawer = $("#drawer");
  let opener = null;
  const openDrawer = (href, from) => {
    opener = from;
    drawer.hidden = false;
    drawer.innerHTML = "";
    htmx.ajax("GET", href, { source: "#drawer", target: "#drawer", swap: "innerHTML" });
  };
  const closeDrawer = () => {
    if (!drawer || drawer.hidden) return false;
    drawer.hidden = true;
    drawer.innerHTML = "";
    const back = opener?.isConnected ? opener : opener?.dataset.command ? $(`[data-command="${opener.dataset.command}"]`) : null;
    (back || $("#main"))?.focus();
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (link && drawer && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      link.closest("details.all-acts")?.removeAttribute("open");
      openDrawer(link.href, link);
    }
    if (event.target.closest("[data-close]")) closeDrawer();
    if (event.target.closest("[data-palette]")) openPalette();
    if (event.target.closest("[data-help]")) $("#keys").showModal();
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.parentElement.querySelector("code").textContent).then(() => { copy.textContent = words.copied; });
    const chip = event.target.closest("[data-fill]");
    if (chip) { const input = document.getElementById(chip.dataset.fill); input.value = chip.textContent; input.dispatchEvent(new Event("input", { bubbles: true })); input.focus(); }
    const another = event.target.closest("[data-add-row]");
    if (another) {
      const rows = $$(".measure", another.parentElement), row = rows.at(-1).cloneNode(true);
      $$("input", row).forEach((input) => { input.value = ""; input.removeAttribute("id"); });
      rows.at(-1).after(row);
      $("input", row).focus();
    }
    $$("details.all-acts[open], details.language-help[open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
    if (event.target.closest("a[data-language]")) event.target.closest("a").href = event.target.closest("a").href.split("?")[0] + "?next=" + encodeURIComponent(location.pathname + location.search);
  });

  // ── Drafts: what was typed into a form is kept in this browser until it is recorded ───────────────────────────────
  const draftKey = (form) => `casefold:draft:${person}:${form.dataset.draft}`;
  const valuesOf = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && value && !["command_id", "version"].includes(name));
  const fill = (form, values) => {
    const left = new Map();
    values.forEach(([name, value]) => left.set(name, [...(left.get(name) || []), value]));
    for (const [name, texts] of left) {
      $$(`[name="${CSS.escape(name)}"]`, form).forEach((input, number) => {
        if (input.type === "radio" || input.type === "checkbox") input.checked = texts.includes(input.value);
        else if (texts[number] !== undefined) input.value = texts[number];
      });
    }
    form.querySelector("details.more-fields:has(input:not(:placeholder-shown))")?.setAttribute("open", "");
  };
  const dress = (root) => {
    $$("form[data-draft]", root).forEach((form) => {
      if (form.dataset.dressed) return;
      form.dataset.dressed = "yes";
      const draft = stored(draftKey(form));
      const blank = !$("[role=alert]", form);
      form.usual = valuesOf(form);
      if (draft && blank && JSON.stringify(draft) !== JSON.stringify(form.usual)) {
        fill(form, draft);
        const told = document.createElement("p");
        told.className = "draft";
        told.setAttribute("role", "status");
        told.append(words.restored + " ");
        const button = document.createElement("button");
        button.type = "button"; button.className = "quiet small"; button.textContent = words.discard;
        button.addEventListener("click", () => { forget(draftKey(form)); form.reset(); told.remove(); });
        told.append(button);
        form.prepend(told);
      }
      form.addEventListener("input", () => store(draftKey(form), valuesOf(form)));
      form.addEventListener("submit", () => { sessionStorage.setItem("casefold:sent", draftKey(form)); });
    });
    $$("[data-leaves]", root).forEach((told) => {  // how long messages still wait, counted down
      if (told.dataset.dressed) return;
      told.dataset.dressed = "yes";
      let left = Number(told.dataset.leaves);
      const timer = setInterval(() => {
        left -= 1;
        if (!told.isConnected) clearInterval(timer);
        else if (left <= 0) { (told.closest("[data-leaving]") || told).remove(); clearInterval(timer); }
        else told.textContent = told.textContent.replace(/\d+/, left);
      }, 1000);
    });
    $$("[data-undo]", root).forEach((form) => {
      if (form.dataset.dressed) return;
      form.dataset.dressed = "yes";
      let left = Number(form.dataset.undo);
      const timer = setInterval(() => {
        left -= 1;
        const seconds = $("[data-seconds]", form);
        if (!form.isConnected) clearInterval(timer);
        else if (left <= 0) { form.remove(); say(words.undo_over); clearInterval(timer); }
        else if (seconds) seconds.textContent = left;
      }, 1000);
    });
  };
  // Who goes leaves no drafts behind, and whoever comes finds none of others: they may hold what customers said.
  const drafts = () => { try { return Object.keys(localStorage).filter((key) => key.startsWith("casefold:draft:")); } catch { return []; } };
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) { drafts().forEach(forget); sessionStorage.removeItem("casefold:sent"); }
  });
  if (person) drafts().filter((key) => !key.startsWith(`casefold:draft:${person}:`)).forEach(forget);
  // A case page that tells of something done: the draft of the form that was sent is no longer needed.
  if ($("[data-done]")) {
    const sent = sessionStorage.getItem("casefold:sent");
    if (sent) forget(sent);
    sessionStorage.removeItem("casefold:sent");
    const here = new URL(location.href);
    here.searchParams.delete("done");
    history.replaceState(null, "", here);
  }
  // Choosing a person fills in their department.
  document.addEventListener("change", (event) => {
    if (event.target.getAttribute("list") === "people") {
      const known = $$("#people option").find((option) => option.value === event.target.value);
      const department = event.target.form?.elements.department;
      if (known && department && !department.value) department.value = known.dataset.department;
    }
    if (event.target.matches(".list [type=checkbox]")) selection();
  });
  document.addEventListener("reset", () => setTimeout(selection));

  // ── htmx: where focus goes, and what stays open, when a part is exchanged ────────────────────────────────────────
  const openKey = (details) => (details.closest("[id]")?.id || "") + details.className;
  let kept = { open: new Set(), picked: new Set(), at: "" };
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (["live", "list"].includes(event.detail.target.id)) {
      kept = {
        open: new Set($$("details[open]", event.detail.target).map(openKey)),
        picked: new Set($$(".list [name=case]:checked").map((box) => box.value)),
        at: $(".list tr.at")?.dataset.row || "",
      };
    }
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    dress(document);
    if (target === drawer) {
      const first = $("[role=alert]", drawer) && $("[aria-invalid]", drawer) || $("[data-focus]", drawer) || $("input:not([type=hidden]), textarea, select", drawer) || $("button.primary", drawer);
      first?.focus();
      if (first?.setSelectionRange && first.value) { try { first.setSelectionRange(first.value.length, first.value.length); } catch { /* not a text field */ } }
    }
    if (["live", "list"].includes(target.id)) {
      $$("#live details, #list details").forEach((details) => { if (kept.open.has(openKey(details))) details.open = true; });
      $$(".list [name=case]").forEach((box) => { box.checked = kept.picked.has(box.value); });
      const row = kept.at && $(`.list tr[data-row="${CSS.escape(kept.at)}"]`);
      if (row) row.classList.add("at");
      selection();
    }
  });

  // ── News from the ledger ─────────────────────────────────────────────────────────────────────────────────────────
  const live = document.body.dataset.live;
  let source = null;
  const listen = () => {
    if (!live || source || document.hidden) return;
    source = new EventSource(`/live?case=${encodeURIComponent(document.body.dataset.case || "")}&seen=${$("#list")?.dataset.seen || ""}`);
    source.addEventListener("case", (event) => {
      const { version } = JSON.parse(event.data);
      if (version > Number($("#live")?.dataset.version || 0)) htmx.trigger(document.body, "case-moved");
      const form = $("#drawer form[data-version]");
      if (form && version > Number(form.dataset.version) && !$(".banner.moved", form)) {
        const told = document.createElement("p");
        told.className = "banner soon moved"; told.setAttribute("role", "status"); told.textContent = words.moved;
        $(".drawer-head", form).after(told);
      }
    });
    source.addEventListener("list", () => htmx.trigger(document.body, "list-moved"));
    source.addEventListener("away", () => { $("#away").hidden = false; });
    source.addEventListener("back", () => { $("#away").hidden = true; refresh(); });
    source.addEventListener("error", () => { $("#away").hidden = source?.readyState === EventSource.OPEN; });
    source.addEventListener("open", () => { const wasAway = !$("#away").hidden; $("#away").hidden = true; if (wasAway) refresh(); });
  };
  const refresh = () => htmx.trigger(document.body, live === "case" ? "case-moved" : "list-moved");
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source?.close(); source = null; } else if (live) { listen(); refresh(); }
  });
  addEventListener("pagehide", () => { source?.close(); source = null; });

  // ── Lists: j, k, x ───────────────────────────────────────────────────────────────────────────────────────────────
  const rows = () => $$(".list tbody tr[data-row]");
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id === "list") event.detail.parameters.shown = rows().length; // the list stays as long as it is
  });
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex((row) => row.classList.contains("at"));
    const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
    all.forEach((row) => row.classList.toggle("at", row === next));
    next.scrollIntoView({ block: "nearest" });
    $("a", next).focus({ preventScroll: true });
  };
  const selection = () => {
    const picked = $$(".list [name=case]:checked").length, bar = $("[data-bulk]");
    if (!bar) return;
    bar.hidden = !picked;
    $("[data-selected]", bar).textContent = picked === 1 ? words.selected_one : words.selected.replace("{number}", picked);
  };

  // ── Saved views: what is typed into the filter is what is saved ──────────────────────────────────────────────────
  $("[data-save-view]")?.addEventListener("click", (event) => {
    event.currentTarget.href = `/views/new?q=${encodeURIComponent($("#q").value.trim())}`;
  }, true);

  // ── The palette ──────────────────────────────────────────────────────────────────────────────────────────────────
  const palette = $("#palette");
  const option = ({ href, text, hint, act }) => {
    const link = document.createElement("a");
    link.className = "option"; link.setAttribute("role", "option"); link.href = href;
    link.append(text);
    if (hint) { const key = document.createElement("kbd"); key.textContent = hint; link.append(key); }
    if (act) link.addEventListener("click", (event) => { event.preventDefault(); palette.close(); act(); });
    return link;
  };
  const openPalette = () => {
    if (!palette) return;
    palette.showModal();
    const input = $("input", palette);
    input.value = "";
    drawPalette();
    $("#palette-cases").replaceChildren();
    input.focus();
  };
  const drawPalette = () => {
    const text = $(".ask input", palette).value.trim().toLowerCase();
    const fits = (label) => label.toLowerCase().includes(text);
    const found = [];
    const group = (title, options) => { if (options.length) { const head = document.createElement("h3"); head.textContent = title; found.push(head, ...options); } };
    const number = text.match(/^(?:c-?)?(?:(\d{4})-)?(\d{1,6})$/i);
    if (number) {
      const id = `C-${number[1] || new Date().getFullYear()}-${number[2].padStart(6, "0")}`;
      group(words.cases, [option({ href: `/cases/${id}`, text: words.open_case.replace("{case}", id) })]);
    }
    const offers = JSON.parse($("#offers")?.textContent || "[]");
    const first = (one) => one.label.toLowerCase().startsWith(text) ? 0 : 1; // what begins with it comes before what has it in it
    group(words.commands, offers.filter((one) => fits(one.label) || fits(one.name)).sort((one, other) => first(one) - first(other)).slice(0, text ? 12 : 6)
      .map((one) => option({ href: one.href, text: one.label, act: () => openDrawer(one.href, null) })));
    group(words.pages, $$(".side nav a").filter((link) => fits(link.textContent))
      .map((link) => option({ href: link.href, text: $("span", link).textContent, hint: link.dataset.keys })));
    $("#palette-list").replaceChildren(...found);
    if (!found.length && !$("#palette-cases .option")) { const none = document.createElement("p"); none.className = "nothing"; none.textContent = words.nothing; $("#palette-list").append(none); }
    mark(0);
  };
  const mark = (place) => {
    const all = $$(".option", palette);
    all.forEach((one, number) => { one.classList.toggle("at", number === place); one.setAttribute("aria-selected", number === place); one.id = `option-${number}`; });
    all[place]?.scrollIntoView({ block: "nearest" });
    $(".ask input", palette).setAttribute("aria-activedescendant", all[place] ? `option-${place}` : "");
  };
  if (palette) {
    let waiting;
    $(".ask input", palette).addEventListener("input", (event) => {
      drawPalette();
      clearTimeout(waiting);
      waiting = setTimeout(() => htmx.ajax("GET", `/palette?q=${encodeURIComponent(event.target.value)}`, { source: "#palette-cases", target: "#palette-cases", swap: "innerHTML" })
        .then(() => { if ($("#palette-cases .option")) { $("#palette-list .nothing")?.remove(); if (!$(".option.at", palette)) mark(0); } }), 180);
    });
    palette.addEventListener("keydown", (event) => {
      const all = $$(".option", palette), now = all.findIndex((one) => one.classList.contains("at"));
      if (event.key === "ArrowDown" || (event.key === "n" && event.ctrlKey)) { event.preventDefault(); mark(Math.min(now + 1, all.length - 1)); }
      if (event.key === "ArrowUp" || (event.key === "p" && event.ctrlKey)) { event.preventDefault(); mark(Math.max(now - 1, 0)); }
      if (event.key === "Enter") { event.preventDefault(); all[now]?.click(); }
    });
    palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
    palette.addEventListener("close", () => clearTimeout(waiting));
  }

  // ── Evidence: dropped or pasted files go where chosen ones go ─────────────────────────────────────────────────────
  const takeIn = (files) => {
    const form = $("[data-drop]"), input = form && $("input[type=file]", form);
    if (!input || !files.length) return false;
    const all = new DataTransfer();
    [...files].forEach((file) => all.items.add(file));
    input.files = all.files;
    form.requestSubmit();
    return true;
  };
  document.addEventListener("dragover", (event) => { const place = event.target.closest?.("[data-drop]"); if (place) { event.preventDefault(); place.classList.add("over"); } });
  document.addEventListener("dragleave", (event) => event.target.closest?.("[data-drop]")?.classList.remove("over"));
  document.addEventListener("drop", (event) => { if (event.target.closest?.("[data-drop]") && takeIn(event.dataTransfer.files)) event.preventDefault(); });
  document.addEventListener("paste", (event) => { if (event.clipboardData?.files.length && takeIn(event.clipboardData.files)) event.preventDefault(); });

  // ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  let before = "";
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { const form = event.target.closest("form") || $("#drawer form") || $("form.form"); if (form) { event.preventDefault(); form.requestSubmit(); } return; }
    if (event.key === "Escape" && !$("dialog[open]")) { if (closeDrawer()) event.preventDefault(); else if (typing) typing.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    const pressed = before ? `${before} ${event.key}` : event.key;
    before = event.key === "g" && !before ? "g" : "";
    if (before) { setTimeout(() => { before = ""; }, 1200); return; }
    const direct = $$("[data-keys]").find((one) => one.dataset.keys === pressed && one.offsetParent !== null);
    if (direct) {
      event.preventDefault();
      direct.click();
      if (direct.tagName === "SUMMARY") setTimeout(() => $("a", direct.parentElement)?.focus());
      return;
    }
    const lists = { j: () => move(1), k: () => move(-1), o: () => $(".list tr.at a")?.click(), x: () => { const box = $(".list tr.at [type=checkbox]"); if (box) { box.checked = !box.checked; selection(); } } };
    if (pressed === "?") { event.preventDefault(); $("#keys")?.showModal(); }
    else if (pressed === "/") { const filter = $("#q"); if (filter) { event.preventDefault(); filter.focus(); filter.select(); } else { event.preventDefault(); openPalette(); } }
    else if (lists[pressed] && rows().length) { event.preventDefault(); lists[pressed](); }
  });

  dress(document);
  selection();
  listen();
  const wrong = $("form.card [aria-invalid]") || $("form.card.form input:not([type=hidden]):not([type=radio])");
  wrong?.focus();
})();
