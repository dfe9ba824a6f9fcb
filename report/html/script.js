
"use strict";
// Makes the list out of the data in the page. Text of findings becomes text of
// elements by textContent and nothing else; the page's policy forbids the rest.
(() => {
	const data = JSON.parse(document.getElementById("data").textContent);
	const batch = 100; // rows that are made at once
	const grades = ["low", "medium", "high", "critical"];
	const privileges = {__proto__: null, read: "may read", write: "may change things", admin: "may grant, delete or spend"};
	const helds = {
		__proto__: null,
		ref: "in history", index: "staged", stash: "in a stash", reflog: "in a reflog alone",
		unreachable: "in an unreachable object", worktree: "in a file of git's own",
	};
	const byId = (id) => document.getElementById(id);
	const form = byId("filters");
	const table = document.querySelector("table");
	const body = byId("rows");
	const collator = new Intl.Collator("en", {numeric: true});
	const number = (n) => n.toLocaleString("en");
	const plural = (n, one) => number(n) + " " + one + (n === 1 ? "" : "s");

	// el makes an element; children are elements or text.
	function el(tag, className, ...children) {
		const e = document.createElement(tag);
		if (className) e.className = className;
		e.append(...children);
		return e;
	}

	function svg(tag, attributes, ...children) {
		const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
		for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
		e.append(...children);
		return e;
	}

	const text = (t) => el("bdi", "", t);

	// path is text that is best broken after a slash.
	const path = (t) => el("bdi", "place", ...t.split(/(?<=\/)/).flatMap((part) => [part, el("wbr", "")]).slice(0, -1));

	// link makes a link of what is one to a place that can be shown safely.
	function link(address) {
		let url = null;
		try { url = new URL(address); } catch { /* it is none */ }
		if (!url || url.protocol !== "https:" || url.username || url.password) return text(address);
		const a = el("a", "", text(url.href));
		a.href = url.href;
		a.rel = "noopener noreferrer";
		a.target = "_blank";
		return a;
	}

	// ---- rows: one for each secret, or for each place of one ----

	const day = (stamp) => stamp.slice(0, 10);
	const least = (a, b) => !a || b && b < a ? b : a;
	const most = (a, b) => b > a ? b : a;
	const weight = {__proto__: null, inactive: 1, unknown: 2, active: 3};

	for (const f of data.findings) {
		f.rule = data.rules[f.rule];
		f.commit = f.commit ? data.commits[f.commit - 1] : null;
		f.exposure = f.exposure ? data.exposures[f.exposure - 1] : null;
	}

	function makeRow(places) {
		const lead = places[0];
		const r = {
			places, lead, rule: lead.rule, severity: grades.indexOf(lead.rule.severity), confidence: 0, answer: null, assessment: null,
			suppressed: Boolean(lead.suppression), first: "", end: "", tipped: false, still: false, history: false, held: new Set(), haystack: "",
		};
		for (const f of places) {
			const v = f.verification;
			if (v && (!r.answer || (weight[v.status] || 0) > (weight[r.answer.status] || 0))) r.answer = v;
			if (!r.assessment && f.assessment) r.assessment = f.assessment;
			r.confidence = Math.max(r.confidence, grades.indexOf(f.confidence));
			span(r, f);
		}
		r.status = r.answer ? r.answer.status : "";
		const power = Math.max(0, ["read", "write", "admin"].indexOf(r.answer && r.answer.privilege) + 1);
		r.urgency = r.status === "active" ? 1 + power : r.status === "inactive" ? -1 : 0;
		return r;
	}

	// span notes since when and until when a place stood in what was current.
	function span(r, f) {
		const x = f.exposure;
		r.first = least(r.first, (x && x.first) || (f.commit && f.commit.date) || "");
		if (!x) return;
		r.held.add(x.held);
		r.history = r.history || x.held === "ref";
		r.tipped = r.tipped || Boolean(x.tipped);
		r.still = r.still || r.tipped || x.held === "index" || x.held === "worktree";
		r.end = most(r.end, x.ended || x.last || x.first || "");
	}

	function haystack(r) {
		if (!r.haystack) {
			const words = [r.rule.id, r.rule.description, r.rule.severity, ...(r.rule.tags || [])];
			for (const f of r.places) {
				words.push(f.place, f.key || "", f.print || "", ...(f.line || []), ...(f.tags || []), ...(f.labels || []));
				if (f.commit) words.push(f.commit.id, f.commit.author || "", f.commit.email || "", f.commit.subject || "");
				if (f.exposure) words.push(f.exposure.words, ...(f.exposure.refs || []));
				for (const o of [f.verification, f.assessment, f.suppression]) if (o) words.push(...Object.values(o).flat().map(String));
			}
			r.haystack = words.join("\n").toLowerCase();
		}
		return r.haystack;
	}

	const order = (a, b) => b.urgency - a.urgency || b.severity - a.severity || a.suppressed - b.suppressed ||
		!a.lead.path - !b.lead.path || collator.compare(a.lead.path || "", b.lead.path || "");
	const orders = {
		severity: (a, b) => b.severity - a.severity,
		status: (a, b) => b.urgency - a.urgency || (weight[b.status] || 1.5) - (weight[a.status] || 1.5),
		rule: (a, b) => collator.compare(a.rule.description, b.rule.description),
		place: (a, b) => collator.compare(a.lead.place, b.lead.place),
		seen: (a, b) => !a.first - !b.first || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0),
		confidence: (a, b) => b.confidence - a.confidence,
		places: (a, b) => b.places.length - a.places.length,
	};
	const falling = new Set(["severity", "status", "confidence", "places"]); // the natural order is the greatest first

	const made = {};
	function rowsBy(what) {
		if (!made[what]) {
			const groups = new Map();
			data.findings.forEach((f, i) => {
				const key = what === "place" ? i : f.group;
				if (!groups.has(key)) groups.set(key, []);
				groups.get(key).push(f);
			});
			made[what] = Array.from(groups.values(), makeRow).sort(order);
		}
		return made[what];
	}

	// ---- state: the form, which the fragment of the address mirrors ----

	const fields = Array.from(form.elements).filter((e) => e.name);
	let reversed = false;
	let openPrint = "";

	// readFragment reports whether the fragment says what to show, and does not
	// just lead to a section.
	function readFragment() {
		if (location.hash.length > 1 && !location.hash.includes("=")) return false;
		const said = new URLSearchParams(location.hash.slice(1));
		for (const field of fields) {
			let value = said.get(field.name) || "";
			if (field.name === "sort") {
				reversed = value.startsWith("-");
				value = value.replace(/^-/, "");
				if (value === "urgency") value = "";
			}
			field.value = value;
			if (field.tagName === "SELECT" && field.selectedIndex < 0) field.value = "";
		}
		openPrint = said.get("open") || "";
		return true;
	}

	function writeFragment() {
		const say = new URLSearchParams();
		for (const field of fields) {
			let value = field.value;
			if (field.name === "sort" && reversed) value = "-" + (value || "urgency");
			if (value) say.set(field.name, value);
		}
		if (openPrint) say.set("open", openPrint);
		const fragment = say.toString();
		try {
			history.replaceState(null, "", fragment ? "#" + fragment : location.href.split("#")[0]);
		} catch { /* a frame that may not: the page works without */ }
	}

	function matches() {
		const want = {};
		for (const field of fields) want[field.name] = field.value;
		const words = want.filter.toLowerCase().split(/\s+/).filter(Boolean);
		const severity = grades.indexOf(want.severity);
		const confidence = grades.indexOf(want.confidence);
		const key = orders[want.sort] || order;
		const all = rowsBy(want.by).filter((r) => want.show === "all" || r.suppressed === (want.show === "suppressed"));
		const kept = all.filter((r) =>
			r.severity >= severity && r.confidence >= confidence &&
			(!want.status || (r.status || "none") === want.status) &&
			(!want.held || r.held.has(want.held)) &&
			(!want.from || r.first && (r.still || day(r.end || r.first) >= want.from)) &&
			(!want.until || r.first && day(r.first) <= want.until) &&
			words.every((w) => haystack(r).includes(w)));
		kept.sort((a, b) => (reversed ? -key(a, b) : key(a, b)) || order(a, b));
		return {kept, all: all.length};
	}

	// ---- the list ----

	let shown = [];
	let drawn = 0;

	function update() {
		const {kept, all} = matches();
		shown = kept;
		drawn = 0;
		body.replaceChildren();
		draw(batch);
		const what = (form.elements.show.value === "suppressed" ? "suppressed " : "") + (form.elements.by.value === "place" ? "place" : "secret");
		byId("count").textContent = shown.length === all ? plural(all, what) : number(shown.length) + " of " + plural(all, what);
		for (const th of table.querySelectorAll("th")) {
			const key = th.dataset.sort;
			const down = falling.has(key) !== reversed;
			th.setAttribute("aria-sort", key !== form.elements.sort.value ? "none" : down ? "descending" : "ascending");
		}
		byId("turn").setAttribute("aria-pressed", String(reversed));
		chart();
		showOpen();
	}

	// draw makes rows until there are so many.
	function draw(until) {
		const part = document.createDocumentFragment();
		for (until = Math.min(until, shown.length); drawn < until; drawn++) part.append(rowElement(shown[drawn], drawn));
		body.append(part);
		const left = shown.length - drawn;
		byId("more").hidden = left === 0;
		byId("more").firstChild.textContent = "Show more (" + number(left) + " left)";
	}

	function cell(name, ...children) {
		const td = el("td", "c-" + name, ...children);
		td.setAttribute("role", "cell");
		return td;
	}

	function rowElement(r, at) {
		const tr = el("tr", "row");
		tr.setAttribute("role", "row");
		const button = el("button", "", text(r.rule.description));
		button.type = "button";
		button.setAttribute("aria-expanded", "false");
		button.tabIndex = at === 0 ? 0 : -1;
		const about = [r.rule.id, r.lead.key].filter(Boolean).join(" · ");
		const rule = cell("rule", button, el("small", "", text(about)));
		if (r.suppressed) rule.append(el("span", "badge suppressed", "suppressed: " + r.lead.suppression.by));
		const place = cell("place", path(r.lead.place));
		if (r.places.length > 1) place.append(el("small", "", "and " + plural(r.places.length - 1, "more place")));
		else if (r.lead.commit) place.append(el("small", "", text([r.lead.commit.author, r.lead.commit.subject].filter(Boolean).join(", "))));
		tr.append(
			cell("severity", el("span", "badge " + r.rule.severity, r.rule.severity)),
			statusCell(r), rule, place, seenCell(r),
			cell("confidence", grades[r.confidence] || ""));
		tr.finding = r;
		return tr;
	}

	function statusCell(r) {
		const td = cell("status");
		if (r.answer) {
			td.append(el("span", "badge " + (r.status in weight ? r.status : ""), r.status));
			const about = [r.answer.privilege, (r.answer.identity || [])[0]].filter(Boolean).join(" · ");
			if (about) td.append(el("small", "", text(about)));
		}
		if (r.assessment && r.assessment.verdict !== "plausible") td.append(el("span", "badge", r.assessment.verdict));
		return td;
	}

	function seenCell(r) {
		const td = cell("seen");
		if (r.first) td.append(bar(r));
		const until = r.still ? "now" : r.end && day(r.end) !== day(r.first) ? day(r.end) : "";
		const when = r.first ? day(r.first) + (until ? " – " + until : "") : "";
		const held = r.tipped ? "" : r.history ? "in history" : Array.from(r.held, (h) => helds[h] || h).join(", ");
		td.append(el("span", "", [when, held].filter(Boolean).join(", ")));
		return td;
	}

	// ---- one finding ----

	function toggle(tr, open) {
		const isOpen = tr.classList.contains("open");
		if (isOpen === open) return;
		tr.classList.toggle("open", open);
		tr.querySelector("button").setAttribute("aria-expanded", String(open));
		if (open) {
			const td = el("td", "", ...details(tr.finding));
			td.colSpan = 6;
			td.setAttribute("role", "cell");
			const row = el("tr", "detail", td);
			row.setAttribute("role", "row");
			tr.after(row);
		} else {
			tr.nextElementSibling.remove();
		}
		openPrint = open ? tr.finding.lead.print || "" : "";
		writeFragment();
	}

	// showOpen opens what the address names.
	function showOpen() {
		const at = openPrint ? shown.findIndex((r) => r.lead.print === openPrint) : -1;
		if (at < 0) return;
		draw(Math.max(drawn, at + 1));
		const tr = body.querySelectorAll("tr.row")[at];
		toggle(tr, true);
		tr.scrollIntoView({block: "center"});
	}

	function details(r) {
		const out = [];
		if (r.suppressed) {
			const s = r.lead.suppression;
			out.push(el("p", "notice", "It does not count: ", text([s.by, s.place, s.reason].filter(Boolean).join(", "))));
		}
		if (r.lead.line) out.push(line(r.lead));
		out.push(...advice(r), facts(r));
		const list = events(r);
		if (list) out.push(el("h3", "", "Timeline"), list);
		if (r.places.length > 1) out.push(el("h3", "", plural(r.places.length, "place")), placeList(r.places));
		return out;
	}

	const line = (f) => el("code", "line", f.line[0], el("mark", "", f.line[1]), f.line[2]);

	function advice(r) {
		if (r.assessment && r.assessment.verdict === "impossible") return [];
		if (r.status === "inactive") return [el("p", "advice", "It does not work, so there is nothing to revoke.")];
		const out = [el("p", "advice", r.status === "active" ? "It works. Revoke it now." : "Revoke it first.")];
		out.push(el("p", "", text(r.rule.revoke || "Then replace it where it is used.")));
		if (r.rule.help) out.push(el("p", "", r.rule.foreign ? text(r.rule.help) : link(r.rule.help)));
		return out;
	}

	function facts(r) {
		const dl = el("dl", "facts");
		const add = (name, ...values) => {
			values = values.filter(Boolean);
			if (values.length) dl.append(el("div", "", el("dt", "", name), ...values.map((v) => el("dd", "", typeof v === "string" ? text(v) : v))));
		};
		const f = r.lead, v = r.answer, a = r.assessment;
		if (v) {
			add("Verification", v.status + (v.was ? ", was " + v.was + " before" : ""), v.reason);
			add("Asked", v.host && v.host + (v.at ? " on " + v.at + " UTC" : "") + (v.cached ? " (an earlier answer)" : ""));
			add("Identity", ...(v.identity || []));
			add("Privilege", privileges[v.privilege]);
			add("Scopes", (v.scopes || []).join(", "));
		} else {
			add("Verification", "nobody was asked");
		}
		if (a) add("Says of itself", a.verdict + (a.reason ? ": " + a.reason : ""), a.expires && "expires " + a.expires + " UTC", ...(a.identity || []));
		add("Held", ...new Set(r.places.map((p) => p.exposure ? p.exposure.words : "").slice(0, 200)));
		add("Refs", refs(f.exposure));
		add("Confidence", f.confidence, ...(f.evidence || []));
		add("Secret", f.secret + (f.entropy ? " (" + f.entropy.toFixed(1) + " bits a character)" : ""));
		add("Together with", ...(f.parts || []));
		add("Key", f.key);
		add("Rule", r.rule.id + (r.rule.foreign ? " (came with what was scanned)" : ""));
		add("Tags", [...(f.tags || []), ...(r.rule.tags || [])].join(", "));
		if (r.places.length === 1) add("Place", ...placeFacts(f));
		add("Fingerprint", f.print);
		return dl;
	}

	const refs = (x) => x && x.refs ? x.refs.slice(0, 20).join(", ") + (x.refs.length > 20 || x.more ? " and " + number(Math.max(0, x.refs.length - 20) + (x.more || 0)) + " more" : "") : "";

	function placeFacts(f) {
		return [
			f.place + (f.row ? ", line " + number(f.row) + ", column " + number(f.column) : ""),
			f.object && "object " + f.object, (f.labels || []).join(", "), f.link && link(f.link),
		];
	}

	function placeList(places) {
		const ul = el("ul", "places");
		const add = (from, until) => {
			for (const f of places.slice(from, until)) {
				const li = el("li", "", path(f.place));
				const words = [f.commit && f.commit.id.slice(0, 12), f.commit && f.commit.author, f.commit && day(f.commit.date || ""), f.exposure && f.exposure.words, ...(f.labels || [])];
				li.append(el("div", "hint", text(words.filter(Boolean).join(", "))));
				if (f.link) li.append(el("div", "", link(f.link)));
				if (f.line) li.append(line(f));
				ul.append(li);
			}
		};
		add(0, 20);
		if (places.length > 20) {
			const rest = el("button", "", "Show all " + plural(places.length, "place"));
			rest.type = "button";
			rest.addEventListener("click", () => { last.remove(); add(20); });
			const last = el("li", "", rest);
			ul.append(last);
		}
		return ul;
	}

	// events lists what happened to a secret, the oldest first.
	function events(r) {
		const seen = new Map();
		const add = (date, what, undated) => date && seen.set(date + what, {date, what, undated});
		for (const f of r.places) {
			const c = f.commit, x = f.exposure;
			if (c) add(c.date, "came to " + f.place + " with " + [c.id.slice(0, 12), c.author, c.subject].filter(Boolean).join(", "));
			else if (x) add(x.first, "came to " + f.place);
			for (const gone of (x && x.removed) || []) {
				const [date, by] = gone.split(" by ");
				if (!by) add((c && c.date) || x.first, "removed from " + f.place + " " + date, true);
				else add(date, "removed from " + f.place + " by " + by + (x.tipped ? " and came again" : ", but kept in the history"));
			}
			if (x && x.last && !x.tipped && !x.ended) add(x.last, "last version that has it");
		}
		if (r.answer) add(r.answer.at, "its provider said: " + r.answer.status);
		if (r.assessment) add(r.assessment.expires, "expires, by what it says of itself");
		if (!seen.size) return null;
		const all = Array.from(seen.values()).sort((a, b) => a.date < b.date ? -1 : a.date > b.date ? 1 : 0);
		const ol = el("ol", "events");
		const item = (e) => el("li", "", e.undated ? "" : el("time", "", e.date), text(e.what));
		ol.append(...all.slice(0, 15).map(item));
		if (all.length > 30) ol.append(el("li", "", plural(all.length - 30, "more event")));
		ol.append(...all.slice(Math.max(15, all.length - 15)).map(item));
		if (r.still) ol.append(el("li", "still", "still there"));
		return ol;
	}

	// ---- the timeline ----

	const time = (stamp) => Date.parse(stamp.replace(" ", "T") + "Z");
	const dated = rowsBy("").filter((r) => r.first);
	let axis = null;
	if (dated.length) {
		const first = dated.reduce((a, r) => least(a, r.first), "");
		const last = dated.reduce((a, r) => most(a, most(r.end, r.answer ? r.answer.at || "" : "")), data.now || first);
		axis = {first: time(first), last: Math.max(time(last), time(first) + 864e5)};
		byId("timeline").hidden = false;
	}

	// bar draws how long a secret stood in what was current, and in paler colour
	// how long it has been in the history since.
	function bar(r) {
		const x = (t) => 100 * (t - axis.first) / (axis.last - axis.first);
		const from = Math.min(x(time(r.first)), 99);
		const until = Math.max(r.still ? 100 : r.end ? x(time(r.end)) : from, from + 1);
		const s = svg("svg", {viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true"});
		if (r.history) s.append(svg("rect", {class: "past", x: from, y: 2, width: 100 - from, height: 2}));
		s.append(svg("rect", {class: r.status === "active" ? "works" : "other", x: from, y: 0, width: until - from, height: 6}));
		return s;
	}

	// bins cuts the axis into days, weeks, months or years, sixty at most.
	function bins() {
		const days = (axis.last - axis.first) / 864e5;
		const start = new Date(axis.first);
		const out = [];
		const unit = days <= 60 ? 1 : days <= 420 ? 7 : 0;
		const months = days <= 1800 ? 1 : days <= 5400 ? 3 : 12 * Math.ceil(days / 21900);
		for (let i = 0, from = axis.first; from <= axis.last && i < 200; i++) {
			const next = unit ? Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate() + (i + 1) * unit)
				: Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + (i + 1) * months, 1);
			out.push({from, next, works: 0, other: 0});
			from = next;
		}
		return out;
	}

	const iso = (t) => new Date(t).toISOString().slice(0, 10);

	function chart() {
		if (!axis) return;
		const list = bins();
		for (const r of shown) {
			if (!r.first) continue;
			const from = time(r.first);
			const until = r.still ? axis.last : r.end ? time(r.end) : from;
			for (const b of list) if (from < b.next && until >= b.from) b[r.status === "active" ? "works" : "other"]++;
		}
		const top = list.reduce((a, b) => b.works + b.other > a.works + a.other ? b : a, list[0]);
		const high = Math.max(1, top.works + top.other);
		const now = list[list.length - 1];
		const words = "How many secrets stood in what was current: at most " + number(top.works + top.other) + " (" + iso(top.from) + "), " +
			number(now.works + now.other) + " at the end. A secret that was removed is still in the history.";
		const s = svg("svg", {viewBox: "0 0 " + list.length * 10 + " 100", preserveAspectRatio: "none", role: "img", "aria-label": words});
		list.forEach((b, i) => {
			const works = 96 * b.works / high, other = 96 * b.other / high;
			const g = svg("g", {},
				svg("title", {}, iso(b.from) + " to " + iso(b.next - 1) + ": " + plural(b.works + b.other, "secret") + ", " + number(b.works) + " known to work"),
				svg("rect", {class: "hit", x: i * 10, y: 0, width: 10, height: 100}),
				svg("rect", {class: "works", x: i * 10 + 0.5, y: 100 - works, width: 9, height: works}),
				svg("rect", {class: "other", x: i * 10 + 0.5, y: 100 - works - other, width: 9, height: other}));
			g.addEventListener("click", () => {
				form.elements.from.value = iso(b.from);
				form.elements.until.value = iso(b.next - 1);
				changed();
			});
			s.append(g);
		});
		byId("timeline-words").textContent = words;
		byId("axis-first").textContent = iso(axis.first);
		byId("axis-last").textContent = iso(axis.last);
		byId("chart").replaceChildren(s);
	}

	// ---- events ----

	function changed() {
		openPrint = "";
		writeFragment();
		update();
	}

	let pause = 0;
	form.addEventListener("input", () => {
		clearTimeout(pause);
		pause = setTimeout(changed, 120);
	});
	form.addEventListener("submit", (e) => e.preventDefault());
	form.addEventListener("reset", () => {
		reversed = false;
		setTimeout(changed, 0);
	});
	byId("turn").addEventListener("click", () => {
		reversed = !reversed;
		changed();
	});
	table.tHead.addEventListener("click", (e) => {
		const th = e.target.closest("th");
		if (!th) return;
		const sort = form.elements.sort;
		reversed = sort.value === th.dataset.sort && !reversed;
		sort.value = th.dataset.sort;
		changed();
	});
	body.addEventListener("click", (e) => {
		const tr = e.target.closest("tr.row");
		if (!tr || String(getSelection())) return;
		focusRow(tr);
		toggle(tr, !tr.classList.contains("open"));
	});
	body.addEventListener("keydown", (e) => {
		const at = e.target.closest("tr");
		if (e.altKey || e.ctrlKey || e.metaKey || !at) return;
		const tr = at.classList.contains("detail") ? at.previousElementSibling : at;
		if (e.key === "Escape") {
			toggle(tr, false);
			focusRow(tr);
			return;
		}
		if (at !== tr || !["ArrowDown", "ArrowUp", "Home", "End"].includes(e.key)) return;
		e.preventDefault();
		let rows = Array.from(body.querySelectorAll("tr.row"));
		let to = rows.indexOf(tr) + (e.key === "ArrowDown" ? 1 : -1);
		if (e.key === "Home") to = 0;
		if (e.key === "End") to = shown.length - 1;
		if (to >= drawn && to < shown.length) {
			draw(e.key === "End" ? shown.length : drawn + batch);
			rows = Array.from(body.querySelectorAll("tr.row"));
		}
		if (rows[to]) focusRow(rows[to]);
	});

	// focusRow makes one row the stop of the tabulator key.
	function focusRow(tr) {
		for (const b of body.querySelectorAll("tr.row button[tabindex='0']")) b.tabIndex = -1;
		const button = tr.querySelector("button");
		button.tabIndex = 0;
		button.focus();
	}

	byId("more").firstChild.addEventListener("click", () => {
		const at = drawn;
		draw(drawn + batch);
		focusRow(body.querySelectorAll("tr.row")[at]);
	});
	new IntersectionObserver((seen) => {
		if (seen.some((s) => s.isIntersecting)) draw(drawn + batch);
	}, {rootMargin: "400px"}).observe(byId("more"));
	addEventListener("hashchange", () => {
		if (readFragment()) update();
	});
	addEventListener("beforeprint", () => draw(shown.length));

	// ---- begin ----

	const has = (test) => rowsBy("").some(test);
	const offer = (name, yes) => { form.elements[name].parentElement.hidden = !yes; };
	for (const h of new Set(data.exposures.map((x) => x.held))) {
		const option = el("option", "", helds[h] || h);
		option.value = h;
		form.elements.held.append(option);
	}
	offer("held", data.exposures.length);
	offer("status", has((r) => r.answer));
	offer("show", has((r) => r.suppressed));
	offer("by", has((r) => r.places.length > 1));
	offer("from", axis);
	offer("until", axis);
	byId("bare").hidden = true;
	for (const e of [form, table, byId("keys")]) e.hidden = data.findings.length === 0;
	readFragment();
	update();
})();
