// Counterfoil in the browser: keyboard map, triage list, palette, theme, toast, dialogs through htmx. No eval, no inline
// style, no innerHTML of ours. Everything here is a shortcut: each act also works by mouse, touch and Tab, and without script.
(() => {
  'use strict';
  const $ = (css, root = document) => root.querySelector(css);
  const $$ = (css, root = document) => [...root.querySelectorAll(css)];
  const root = document.documentElement;

  // Trusted Types: htmx parses what our server answers. The one policy lets markup through, never a script or a frame;
  // strings that would become code or a script's address have no policy and stay refused.
  window.trustedTypes?.createPolicy('default', {
    createHTML: (markup) => { if (/<\s*(script|iframe|object|embed|base)\b/i.test(markup)) throw new TypeError('Refused markup'); return markup; },
  });

  // theme: the server prints data-theme from the person's setting; the button overrides it in this browser
  const stored = (key, value) => {
    try { return value ? localStorage.setItem(key, value) : localStorage.getItem(key); } catch { return null; }
  };
  const isDark = () => root.dataset.theme === 'dark'
    || (!root.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  const paint = () => {
    $$('[data-act="theme"]').forEach((b) => b.setAttribute('aria-pressed', String(isDark())));
    $$('input[data-act="keys"]').forEach((b) => { b.checked = root.dataset.keys !== 'off'; });
  };
  if (stored('theme')) root.dataset.theme = stored('theme');
  if (stored('keys')) root.dataset.keys = stored('keys');
  paint();

  // toast: one polite live region, shown as a popover so that it lies above dialogs; never for an error
  let hideToast;
  const say = (text) => {
    const box = $('#toast');
    if (!box || !text) return;
    box.textContent = text;
    box.showPopover?.();
    clearTimeout(hideToast);
    hideToast = setTimeout(() => box.hidePopover?.(), 6000);
  };

  // triage list: one row is on; its link has the focus, its preview stands at the right
  const rows = () => $$('.q:not([hidden])');
  const on = () => $('.q.is-on');
  let place = 0, last = '', waiting = null;      // the row's place and id, and a key pressed before its preview came
  const fromTemplate = (id) => { const t = $(id); return t ? t.content.cloneNode(true) : document.createDocumentFragment(); };
  const peek = (row) => {
    const box = $('#peek');
    if (!box) return;
    waiting = null;
    box.replaceChildren(row ? fromTemplate('#peek-wait') : '');   // acts of another row never stay
    box.toggleAttribute('data-waits', Boolean(row));
    if (row) row.dispatchEvent(new CustomEvent('peek'));
  };
  const go = (row, focus = true) => {
    const same = row && row === on() && $('#peek')?.dataset.row === row.id;
    on()?.classList.remove('is-on');
    row?.classList.add('is-on');
    if (row) { place = rows().indexOf(row); last = row.id; }
    if (row && focus) { $('.who a', row).focus({ preventScroll: true }); row.scrollIntoView({ block: 'nearest' }); }
    if (!same) { if ($('#peek')) $('#peek').dataset.row = row?.id ?? ''; peek(row); }
  };
  const step = (by) => {
    const all = rows(), at = all.indexOf(on());
    go(all[Math.min(all.length - 1, Math.max(0, at + by))] ?? all[0]);
  };
  const count = () => $$('[data-count]').forEach((el) => { el.textContent = $$('.q :checked').length; });
  const hideEmptyGroups = () => $$('[data-group]').forEach((h) => {
    h.hidden = !rows().some((r) => r.dataset.in === h.dataset.group);
  });
  const refresh = () => {                         // after rows left or came: the row in the same place is on
    if (!$('.queue')) return;
    hideEmptyGroups(); count();
    if (!rows().length && !$('.queue .empty')) $('.queue').replaceChildren(fromTemplate('#queue-empty'));
    const again = document.getElementById(last)?.closest('.q') ?? rows()[Math.min(place, rows().length - 1)];
    if (!on()) go(again, !$('dialog[open]') && !document.activeElement?.matches('input'));
  };

  // palette: acts and places of this page, then the submissions on it, then a search of everything
  const palette = $('#palette'), query = palette && $('input', palette), list = palette && $('ul', palette);
  const options = () => $$('[role="option"]:not([hidden])', list);
  const mark = (option) => {
    $$('[aria-selected]', list).forEach((o) => o.setAttribute('aria-selected', 'false'));
    option?.setAttribute('aria-selected', 'true'); option?.scrollIntoView({ block: 'nearest' });
    query.setAttribute('aria-activedescendant', option?.id ?? '');
  };
  const filter = () => {
    const wanted = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    $$('[role="option"]', list).forEach((o) => { o.hidden = !('find' in o.dataset ? query.value.trim() : wanted.every((w) => o.textContent.toLowerCase().includes(w))); });
    $$('[data-find] span', list).forEach((s) => { s.textContent = `${s.parentElement.dataset.label} “${query.value.trim()}”`; });
    $('.none', palette).hidden = options().length > 0; mark(options()[0]);
  };
  const pick = (option) => {
    if (!option) return;
    palette.close();
    if ('find' in option.dataset) location.href = `${palette.dataset.find}?q=${encodeURIComponent(query.value.trim())}`;
    if (option.dataset.href) location.href = option.dataset.href;
    if (option.dataset.run) $(option.dataset.run)?.click();
    if (option.dataset.row) go(document.getElementById(option.dataset.row));
  };
  const offer = (id, text, data, key) => {
    const o = document.createElement('li');
    Object.assign(o, { id, textContent: text });
    Object.assign(o.dataset, data, { fresh: '' }); o.setAttribute('role', 'option'); o.setAttribute('aria-selected', 'false');
    if (key) o.append(Object.assign(document.createElement('kbd'), { textContent: key.toUpperCase() }));
    list.prepend(o);
  };
  const openPalette = () => {
    if (!palette || palette.open) return;
    $$('[data-fresh]', list).forEach((o) => o.remove());
    rows().reverse().forEach((r) => offer(`o-${r.id}`, `${r.dataset.number}  ${r.dataset.partner}`, { row: r.id }));
    $$('.main [aria-keyshortcuts]:is(a, button):not([aria-disabled="true"])').reverse().forEach((el) => {
      const key = el.getAttribute('aria-keyshortcuts');
      offer(`k-${key}`, el.firstChild?.textContent?.trim() || el.textContent.trim(), { run: `.main [aria-keyshortcuts="${CSS.escape(key)}"]` }, key);
    });
    query.value = ''; palette.showModal(); filter();
  };
  if (palette) {
    query.addEventListener('input', filter);
    list.addEventListener('click', (e) => pick(e.target.closest('[role="option"]')));
    palette.addEventListener('keydown', (e) => {
      const all = options(), at = all.findIndex((o) => o.getAttribute('aria-selected') === 'true');
      const way = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (way) { e.preventDefault(); mark(all[(at + way + all.length) % all.length]); }
      if (e.key === 'Enter') { e.preventDefault(); pick(all[at]); }
    });
  }

  // keyboard map: an element names its key in aria-keyshortcuts; pressing it is a click on that element
  const acts = {
    theme: () => { root.dataset.theme = isDark() ? 'light' : 'dark'; stored('theme', root.dataset.theme); paint(); },
    keys: () => { root.dataset.keys = root.dataset.keys === 'off' ? 'on' : 'off'; stored('keys', root.dataset.keys); },   // WCAG 2.1.4
    palette: openPalette, next: () => step(1), previous: () => step(-1),
    select: () => { const box = on() && $('input', on()); if (box) { box.checked = !box.checked; count(); } },
    clear: () => { $$('.q :checked').forEach((b) => { b.checked = false; }); count(); },
    close: (el, e) => { const dialog = el.closest('dialog'); if (dialog) { e.preventDefault(); dialog.close(); } },
  };
  const listKeys = { j: 'next', k: 'previous', x: 'select', Escape: 'clear' };
  let chord = 0;
  const press = (key) => {
    const target = $$(`[aria-keyshortcuts="${CSS.escape(key)}"]`).at(-1);
    if (!target || target.ariaDisabled === 'true') return Boolean(target);
    target.matches('input') ? target.focus() : target.click();
    return true;
  };
  document.addEventListener('keydown', (e) => {
    if ((e.metaKey || e.ctrlKey) && e.key.toLowerCase() === 'k') { e.preventDefault(); return openPalette(); }
    if ((e.metaKey || e.ctrlKey) && e.key === 'Enter') {            // out of a text of several lines: the act of the dialog
      const form = e.target.closest('dialog form');
      if (form) { e.preventDefault(); return form.querySelector('.main-act:not(:disabled)')?.click(); }
    }
    if (e.metaKey || e.ctrlKey || e.altKey || $('dialog[open]') || root.dataset.keys === 'off') return;
    const typing = e.target.closest('input:not([type="checkbox"], [type="radio"]), textarea, select');
    if (typing && !typing.closest('dialog:not([open])')) {           // a dialog that just closed keeps the focus for a moment
      if (e.key === 'Escape') e.target.blur();
      return;
    }
    const key = e.key, twoKeys = Date.now() - chord < 900;
    chord = key === 'g' ? Date.now() : 0;
    if (!twoKeys && listKeys[key] && $('.q')) { e.preventDefault(); return acts[listKeys[key]](); }
    if (!twoKeys && /^[ard]$/.test(key) && $('#peek')?.hasAttribute('data-waits')) { e.preventDefault(); waiting = key; return; }
    if (press(twoKeys ? `g ${key}` : key)) e.preventDefault();
  });
  document.addEventListener('click', (e) => {
    const el = e.target.closest('[data-act], [commandfor]');
    if (el?.dataset.act) acts[el.dataset.act]?.(el, e);
    const dialog = el?.getAttribute('commandfor') && document.getElementById(el.getAttribute('commandfor'));
    if (dialog && !('command' in HTMLButtonElement.prototype)) el.getAttribute('command') === 'close' ? dialog.close() : dialog.showModal();
  }, true);
  document.addEventListener('change', (e) => {
    if (e.target.closest('.q')) count();
    e.target.classList?.remove('read');                              // a value that a person touched is checked
    const names = e.target.type === 'file' && $('[data-files]', e.target.parentElement);
    if (names) { names.textContent = [...e.target.files].map((f) => f.name).join(', '); names.hidden = !names.textContent; }
  });
  document.addEventListener('focusin', (e) => { const row = e.target.closest('.q'); if (row && row !== on()) go(row, false); });
  document.addEventListener('submit', (e) => {                     // a second click sends nothing; a download leaves the page as it is
    if (e.submitter?.getAttribute('aria-busy') === 'true') { e.preventDefault(); return e.stopPropagation(); }
    e.submitter?.setAttribute('aria-busy', 'true');
    setTimeout(() => e.submitter?.removeAttribute('aria-busy'), 8000);
  }, true);
  window.addEventListener('pageshow', (e) => e.persisted && $$('[aria-busy="true"]:is(button, a)').forEach((b) => b.removeAttribute('aria-busy')));

  // htmx: the CSRF token goes along, act links open in the dialog, failures say what is still safe
  const dialog = $('#act');
  const busy = (el, is) => { if (el?.matches?.('a, button')) is ? el.setAttribute('aria-busy', 'true') : el.removeAttribute('aria-busy'); };
  const show = () => {
    if (!dialog.firstElementChild) { if (dialog.open) dialog.close(); return; }   // only out-of-band parts came: it is done
    if (!dialog.open) dialog.showModal();
    ($('[data-focus]', dialog) ?? $('[autofocus]', dialog) ?? $('input:not([type="hidden"]), select, textarea', dialog) ?? $('.btn', dialog))?.focus();
  };
  document.addEventListener('htmx:configRequest', (e) => { e.detail.headers['X-CSRFToken'] = document.body.dataset.csrf ?? ''; });
  document.addEventListener('htmx:beforeRequest', (e) => busy(e.detail.elt, true));
  document.addEventListener('htmx:afterRequest', (e) => {
    busy(e.detail.elt, false);
    $$('[aria-busy="true"]', e.detail.elt.matches?.('form') ? e.detail.elt : dialog ?? document).forEach((b) => b.removeAttribute('aria-busy'));
  });
  document.addEventListener('htmx:beforeSwap', (e) => {            // a preview that comes late, for a row that is no longer on
    if (e.detail.target?.id === 'peek' && e.detail.requestConfig?.elt !== on()) e.detail.shouldSwap = false;
  });
  document.addEventListener('htmx:afterSwap', (e) => {
    if (e.detail.target === dialog) show();
  });
  document.addEventListener('htmx:afterSettle', (e) => {           // only now htmx knows the new links
    refresh();
    if (e.detail.target?.id !== 'peek' || !e.detail.target.hasAttribute('data-waits')) return;
    e.detail.target.removeAttribute('data-waits');
    const key = waiting; waiting = null;
    if (key) press(key);
  });
  document.addEventListener('htmx:oobAfterSwap', refresh);
  const failed = (e, slot) => {
    const copy = fromTemplate('#failed'), id = e.detail.xhr?.getResponseHeader('X-Error-Id');
    $$(`[data-slot="${slot}"]`, copy).forEach((el) => { el.hidden = false; });
    $$('[data-slot="id"]', copy).forEach((el) => { el.textContent = id ?? ''; });
    if (e.detail.target?.id === 'peek') return e.detail.target.replaceChildren(copy);
    dialog.replaceChildren(copy); show();
  };
  document.addEventListener('htmx:responseError', (e) => failed(e, e.detail.xhr.status === 403 ? 'denied' : 'broken'));
  ['htmx:sendError', 'htmx:timeout'].forEach((name) => document.addEventListener(name, (e) => failed(e, 'offline')));
  document.addEventListener('say', (e) => say(e.detail.text ?? e.detail.value));
  dialog?.addEventListener('close', () => { dialog.replaceChildren(); refresh(); if (on()) $('.who a', on())?.focus({ preventScroll: true }); });

  // at the start: say what the page before did, lead to what is missing, put the first row on
  say($$('#toast > span').map((s) => s.textContent).join(' '));
  $('main [data-focus]')?.focus();
  document.addEventListener('DOMContentLoaded', () => { if ($('.queue')) go(document.getElementById(location.hash.slice(1))?.closest('.q') ?? rows()[0], false); });
})();
