package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// These tests look at the page as its readers do. They need Chromium.

const (
	placesOfRows = `Array.from(document.querySelectorAll("tr.row .c-place .place"), (e) => e.textContent).join(" ")`
	countOfRows  = `document.querySelectorAll("tr.row").length`
	said         = `document.getElementById("count").textContent`
	focused      = `document.activeElement.closest("tr") ? document.activeElement.closest("tr").querySelector(".place").textContent : document.activeElement.tagName`
)

func TestHTMLOpensWithoutAnErrorOrARequest(t *testing.T) {
	b := newBrowser(t)
	// First that the test would notice.
	b.open(b.write(`<img src="http://mudlark.invalid/x"><script>console.error("x")</script>`))
	b.mu.Lock()
	if !strings.Contains(strings.Join(b.proxied, " "), "mudlark.invalid") || len(b.errors) == 0 || len(b.requests) < 2 {
		t.Fatalf("an error and a request are not noticed: %q, %q, %q", b.proxied, b.errors, b.requests)
	}
	b.proxied = nil
	b.mu.Unlock()
	for name, page := range map[string]string{
		"example": exampleScan().write(t, "html", Options{Redact: 100, Now: now}),
		"nothing": (&recording{run: exampleRun(), summary: mudlark.Summary{Verdict: mudlark.Clean}}).write(t, "html", Options{}),
		"hostile": hostileScan().write(t, "html", Options{Redact: 100, Now: now}),
	} {
		address := b.write(page)
		b.open(address)
		if name != "nothing" {
			b.eval(`document.querySelectorAll("tr.row button").forEach((e) => e.click())`, nil)
		}
		b.quiet(address)
		if got := b.text(`document.getElementById("bare").hidden`); got != "true" {
			t.Errorf("%s: the script did not run", name)
		}
	}
}

func TestHTMLSortsAndFiltersByItsAddress(t *testing.T) {
	b := newBrowser(t)
	address := b.write(exampleScan().write(t, "html", Options{Redact: 100, Now: now}))
	for _, c := range []struct {
		fragment, first, said string
	}{
		{"", "config/app.yml:3:10 src/index.go:5:5 commit message, line 3", "14 secrets"}, // what works, by what it may do
		{"sort=severity", "config/app.yml:3:10 commit message, line 3 docs/Größe", "14 secrets"},
		{"sort=-severity", "id_acme .git/config:8:18 (config)", "14 secrets"},
		{"sort=place", ".git/config:8:18 (config) certs/server.pem:1:1", "14 secrets"},
		{"sort=-place", "src/unreachable.go:5:5 src/stash.go:5:5", "14 secrets"},
		{"sort=places", "many/0.go:1:5", "14 secrets"},
		{"sort=status", "config/app.yml:3:10 src/index.go:5:5", "14 secrets"},
		{"sort=-urgency", "dist/bundle.zip!inner/conf.env:9:6", "14 secrets"},
		{"sort=nonsense&severity=none", "config/app.yml:3:10", "14 secrets"},
		{"sort=severity&filter=CI-deploy", "config/app.yml:3:10", "1 of 14 secrets"}, // an identity
		{"filter=key+pem", "certs/server.pem:1:1", "1 of 14 secrets"},
		{"filter=no+such+thing", "", "0 of 14 secrets"},
		{"severity=high&confidence=high&filter=acme-key", "certs/server.pem:1:1 k8s/secret.yaml:4:10", "2 of 14 secrets"},
		{"status=inactive", "dist/bundle.zip!inner/conf.env:9:6", "1 of 14 secrets"},
		{"status=none&filter=index", "", "0 of 14 secrets"},
		{"held=stash", "src/stash.go:5:5", "1 of 14 secrets"},
		{"show=suppressed", "suppressed/assessment.txt:7:4", "7 suppressed secrets"},
		{"show=all", "config/app.yml:3:10", "21 secrets"},
		{"by=place&filter=many", "many/0.go:1:5 many/1.go:2:5", "8 of 23 places"},
		{"by=place&filter=settings&from=2024-01-01&until=2024-02-02", "old/settings.py:12:10", "1 of 23 places"},
		{"by=place&filter=settings&from=2024-02-02", "", "0 of 23 places"}, // it had been removed
		{"until=2023-03-31", "", "0 of 14 secrets"},
	} {
		b.open(address + "#" + c.fragment)
		b.quiet(address)
		if got := b.text(placesOfRows); !strings.HasPrefix(got, c.first) || c.first == "" && got != "" {
			t.Errorf("#%s: the first are %s\nwant %s", c.fragment, got, c.first)
		}
		if got := b.text(said); got != c.said {
			t.Errorf("#%s: it says %q, want %q", c.fragment, got, c.said)
		}
	}
}

// TestHTMLTellsAllOfASecret: what is known is in its details.
func TestHTMLTellsAllOfASecret(t *testing.T) {
	b := newBrowser(t)
	scan := exampleScan()
	address := b.write(scan.write(t, "html", Options{Redact: 100, Now: now}))
	for _, c := range []struct {
		fragment string
		want     []string
	}{
		{"open=" + scan.found[0].Fingerprint, []string{
			"It works. Revoke it now.", "active, was unknown before", "api.acme.example on 2024-11-23 09:00 UTC", "login ci-deploy", `Größe \x1b[31m`,
			"may grant, delete or spend", "admin:org", "still on main", "2 places", "old/settings.py:12:10", "settings.py:12:10 3 times before what follows",
			"2024-02-01 09:00removed from old/settings.py:12:10", "Ann Example, add the config", "token: REDACTED",
			"https://example.com/docs/revoke_(tokens)", scan.found[0].Fingerprint,
		}},
		{"filter=bundle", []string{"It does not work, so there is nothing to revoke.", "inactive, was active before"}},
		{"filter=k8s", []string{"expired: expired on 2021-03-01", "AWS account 123456789012", "decoded:base64"}},
		{"filter=docs", []string{"unknown", "it answered 403 Forbidden", "Revoke it first."}},
		{"show=suppressed&filter=manual", []string{"It does not count: comment, doc/manual.md:4, an example of the manual"}},
		{"filter=acme-login", []string{"acme-user REDACTED", "in a file of git's own", "nobody was asked"}},
	} {
		b.open(address + "#" + c.fragment)
		b.eval(`document.querySelectorAll("tr.detail").length || document.querySelector("tr.row button").click()`, nil)
		got := b.text(`document.querySelector("tr.detail").textContent`)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("#%s: %q is missing in\n%s", c.fragment, want, got)
			}
		}
		b.quiet(address)
	}
}

func TestHTMLIsUsedByKeyboard(t *testing.T) {
	b := newBrowser(t)
	b.look("light", 1200, 900)
	address := b.write(exampleScan().write(t, "html", Options{Redact: 100, Now: now}))
	b.open(address)
	key := func(name string, code int, want, expression string) {
		t.Helper()
		b.press(name, code)
		if got := b.text(expression); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	key("Tab", 9, "To the findings", `document.activeElement.textContent`)
	b.eval(`document.querySelector("th[data-sort=place] button").focus()`, nil)
	key("Enter", 13, "ascending #sort=place", `document.querySelector("th[data-sort=place]").ariaSort + " " + location.hash`)
	key("Enter", 13, "descending #sort=-place", `document.querySelector("th[data-sort=place]").ariaSort + " " + location.hash`)
	key("Tab", 9, "BUTTON seen", `document.activeElement.tagName + " " + document.activeElement.parentElement.dataset.sort`)
	key("Tab", 9, "BUTTON confidence", `document.activeElement.tagName + " " + document.activeElement.parentElement.dataset.sort`)
	key("Tab", 9, "src/unreachable.go:5:5", focused) // one stop in the list
	key("ArrowDown", 40, "src/stash.go:5:5", focused)
	key("End", 35, ".git/config:8:18 (config)", focused)
	key("ArrowDown", 40, ".git/config:8:18 (config)", focused)
	key("Home", 36, "src/unreachable.go:5:5", focused)
	key("ArrowUp", 38, "src/unreachable.go:5:5", focused)
	key("Enter", 13, "true 1", `document.activeElement.ariaExpanded + " " + document.querySelectorAll("tr.detail").length`)
	key("ArrowDown", 40, "src/stash.go:5:5", focused)
	key("ArrowUp", 38, "src/unreachable.go:5:5", focused)
	key("Escape", 27, "false 0", `document.activeElement.ariaExpanded + " " + document.querySelectorAll("tr.detail").length`)
	b.eval(`document.querySelector("header a").focus()`, nil)
	key("Enter", 13, "#unread -place true", `location.hash + " " + (document.getElementById("turn").ariaPressed === "true" ? "-" : "") +
		document.querySelector("[name=sort]").value + " " + (document.getElementById("unread").getBoundingClientRect().top < innerHeight)`)
	b.quiet(address)
}

// TestHTMLMakesRowsAsTheyAreSeen: ten thousand findings are a hundred rows at
// first, and all of them are there for who goes on.
func TestHTMLMakesRowsAsTheyAreSeen(t *testing.T) {
	b := newBrowser(t)
	b.look("light", 1200, 900)
	address := b.write(manyFindings(10_000).write(t, "html", Options{Redact: 100, Now: now}))
	b.open(address + "#sort=severity&filter=app7")
	if got := b.text(said); got != "1,428 of 10,000 secrets" {
		t.Errorf("it says %q", got)
	}
	b.open(address)
	t.Logf("10,000 findings are there after %s ms", b.text(`Math.round(performance.now())`))
	if got := b.text(said + ` + ", " + ` + countOfRows); got != "10,000 secrets, 100" {
		t.Errorf("at first: %s", got)
	}
	b.eval(`scrollTo(0, document.body.scrollHeight)`, nil)
	b.eval(`new Promise((done) => setTimeout(function wait() { `+countOfRows+` > 100 ? done() : setTimeout(wait, 10); }))`, nil)
	b.eval(`document.querySelector("tr.row button").focus()`, nil)
	b.press("End", 35)
	if got := b.text(countOfRows + ` + " " + document.getElementById("more").hidden`); got != "10000 true" {
		t.Errorf("at the end: %s", got)
	}
	b.quiet(address)
}

func TestHTMLFitsEveryWindow(t *testing.T) {
	b := newBrowser(t)
	scan := exampleScan()
	address := b.write(scan.write(t, "html", Options{Redact: 100, Now: now}))
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{320, 400, 1200} {
			name := fmt.Sprintf("%s-%d", scheme, width)
			b.look(scheme, width, 1600)
			b.open(address + "#show=all&open=" + scan.found[0].Fingerprint)
			if got := b.text(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); got != "0" {
				t.Errorf("%s: the page is wider than the window by %s", name, got)
			}
			if got := b.text(faintText); got != "" {
				t.Errorf("%s: hard to read: %s", name, got)
			}
			b.call("Runtime.evaluate", map[string]any{"expression": "scrollTo(0, 0)"}, nil)
			if light := lightness(b.picture(name)); (light > 0.5) != (scheme == "light") {
				t.Errorf("%s: its picture is %.0f %% light", name, 100*light)
			}
		}
	}
	b.quiet(address)
}

// faintText lists texts whose contrast is below what WCAG 2.2 asks for (1.4.3).
const faintText = `(() => {
	const parts = (color) => color.match(/[\d.]+/g).map(Number);
	const light = (color) => {
		const [r, g, b] = parts(color).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const ground = (e) => {
		for (; e; e = e.parentElement) {
			const c = getComputedStyle(e).backgroundColor;
			if (parts(c)[3] !== 0) return c;
		}
		return "rgb(255, 255, 255)";
	};
	const bad = new Set();
	for (const e of document.querySelectorAll("body *:not(script)")) {
		if (!e.checkVisibility() || !Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim())) continue;
		const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
		if ((a + 0.05) / (b + 0.05) < 4.5) bad.add(e.tagName + "." + e.className + " " + e.textContent.slice(0, 20));
	}
	return Array.from(bad).join("; ");
})()`

// picture returns what is seen. MUDLARK_PICTURES names a folder to keep it in.
func (b *browser) picture(name string) image.Image {
	b.t.Helper()
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	must(b.t, err)
	if folder := os.Getenv("MUDLARK_PICTURES"); folder != "" {
		must(b.t, os.WriteFile(filepath.Join(folder, name+".png"), data, 0o644))
	}
	img, err := png.Decode(bytes.NewReader(data))
	must(b.t, err)
	return img
}

// lightness is how light a picture is on average, from 0 to 1.
func lightness(img image.Image) float64 {
	sum, n := 0.0, 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 7 {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 7 {
			r, g, b, _ := img.At(x, y).RGBA()
			sum += float64(r+g+b) / (3 * 0xffff)
			n++
		}
	}
	return sum / float64(n)
}

// TestHTMLHostileTextStaysText: nothing of what was scanned becomes an element,
// an attribute that acts, or a script.
func TestHTMLHostileTextStaysText(t *testing.T) {
	b := newBrowser(t)
	address := b.write(hostileScan().write(t, "html", Options{Redact: 0, Now: now}))
	b.open(address + "#show=all")
	b.eval(`document.querySelectorAll("tr.row button").forEach((e) => e.click())`, nil)
	for expression, want := range map[string]string{
		`typeof window.pwned`:                        "undefined",
		`document.querySelectorAll("script").length`: "2",
		`document.querySelectorAll("img, iframe, object, embed, base, svg script, form[action], style ~ style").length`:              "0",
		`document.querySelectorAll("link").length + " " + document.querySelector("link").href`:                                       "1 data:,",
		`Array.from(document.querySelectorAll("*")).flatMap((e) => e.getAttributeNames()).filter((n) => n.startsWith("on")).join()`:  "",
		`Array.from(document.querySelectorAll("a[href]"), (a) => a.href.split("#")[0]).filter((h) => !h.startsWith("file:")).join()`: "https://evil.example/help",
		`document.body.innerText.includes("\u202e")`:                                                                                 "false",
		`document.title.startsWith("Secrets in </title>")`:                                                                           "true",
	} {
		if got := b.text(expression); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
	shown := b.text(`document.body.innerText`)
	for _, text := range hostileTexts() {
		if want := sanitize(text); !strings.Contains(strings.Join(strings.Fields(shown), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q is not shown", want)
		}
	}
	b.quiet(address)
}
