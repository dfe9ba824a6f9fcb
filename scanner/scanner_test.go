package scanner_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/suppress"
)

const testRules = `
[[rules]]
id = "acme-token"
description = "ACME token"
confidence = "high"
regex = '''\bacme_[0-9a-f]{12}\b'''
keywords = ["acme_"]

[[rules]]
id = "weak-token"
description = "weak token"
confidence = "low"
regex = '''\bweak_[0-9a-f]{12}\b'''
keywords = ["weak_"]

[[rules]]
id = "acme-password"
description = "ACME password"
guessable = true
regex = '''\bacme-password=([a-z0-9]{6,20})\b'''
keywords = ["acme-password"]
`

// A texts is a source of texts by path, in the order of their paths. What the
// path "!" holds is the error that ends it.
type texts map[string]string

func (s texts) Chunks(ctx context.Context, yield mudlark.Yield) error {
	var paths []string
	for p := range s {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.one(p, yield); err != nil {
			return err
		}
	}
	return nil
}

func (s texts) one(path string, yield mudlark.Yield) error {
	o := mudlark.Origin{Source: "test", Path: path}
	switch text := s[path]; {
	case path == "~fail":
		return errors.New(text)
	case strings.HasPrefix(text, "skip:"):
		return yield(mudlark.Chunk{Origin: o}, mudlark.Skipped(mudlark.Reason(text[5:]), "because"))
	default:
		return yield(mudlark.Chunk{Data: []byte(text), Origin: o}, nil)
	}
}

// A tape is a sink that remembers, and insists on the order of its calls.
type tape struct {
	t        *testing.T
	state    string
	run      mudlark.Run
	findings []mudlark.Finding
	skips    []mudlark.Skip
	summary  mudlark.Summary
}

func (s *tape) Begin(r mudlark.Run) error {
	if s.state != "" {
		s.t.Errorf("Begin comes after %s", s.state)
	}
	s.state, s.run = "Begin", r
	return nil
}

func (s *tape) Finding(f mudlark.Finding) error {
	s.findings = append(s.findings, f)
	return s.between()
}

func (s *tape) Skip(skip mudlark.Skip) error {
	s.skips = append(s.skips, skip)
	return s.between()
}

func (s *tape) between() error {
	if s.state != "Begin" {
		s.t.Errorf("a message comes after %q", s.state)
	}
	return nil
}

func (s *tape) End(sum mudlark.Summary) error {
	_ = s.between()
	s.state, s.summary = "End", sum
	return nil
}

func scan(t *testing.T, src mudlark.Source, opts scanner.Options) *tape {
	t.Helper()
	return scanCtx(t.Context(), t, src, opts)
}

func scanCtx(ctx context.Context, t *testing.T, src mudlark.Source, opts scanner.Options) *tape {
	t.Helper()
	set, err := rules.Parse("test.toml", []byte(testRules))
	if err != nil {
		t.Fatal(err)
	}
	engine, err := detectors.New(set, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sink := &tape{t: t}
	summary, err := scanner.New(engine, opts).Scan(ctx, src, sink)
	if err != nil {
		t.Fatal(err)
	}
	if sink.state != "End" {
		t.Fatalf("the sink was left at %q", sink.state)
	}
	if fmt.Sprint(summary) != fmt.Sprint(sink.summary) {
		t.Errorf("Scan returns %v, but the sink was told %v", summary, sink.summary)
	}
	return sink
}

func TestVerdicts(t *testing.T) {
	const leak = "acme_0a1b2c3d4e5f"
	for _, tt := range []struct {
		name       string
		src        texts
		accept     []mudlark.Reason
		want       mudlark.Verdict
		incomplete bool
	}{
		{"nothing there", texts{}, nil, mudlark.Clean, false},
		{"nothing found", texts{"a": "harmless"}, nil, mudlark.Clean, false},
		{"found", texts{"a": leak}, nil, mudlark.Found, false},
		{"found, and unread", texts{"a": leak, "b": "skip:corrupt"}, nil, mudlark.Found, true},
		{"unread", texts{"a": "harmless", "b": "skip:corrupt"}, nil, mudlark.Incomplete, true},
		{"unread but accepted", texts{"b": "skip:corrupt"}, []mudlark.Reason{mudlark.Corrupt}, mudlark.Clean, false},
		{"one of two accepted", texts{"b": "skip:corrupt", "c": "skip:missing"}, []mudlark.Reason{mudlark.Corrupt}, mudlark.Incomplete, true},
		{"failed", texts{"~fail": "the disk is gone"}, nil, mudlark.Failed, true},
		{"failed after a finding", texts{"a": leak, "~fail": "the disk is gone"}, nil, mudlark.Found, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := scan(t, tt.src, scanner.Options{Accept: tt.accept}).summary
			if got.Verdict != tt.want || got.Incomplete != tt.incomplete {
				t.Errorf("got %s, incomplete %v; want %s, %v", got.Verdict, got.Incomplete, tt.want, tt.incomplete)
			}
		})
	}
}

func TestFindingsBelowTheAskedConfidenceStayMarked(t *testing.T) {
	src := texts{"a": "acme_0a1b2c3d4e5f weak_0a1b2c3d4e5f"}
	got := scan(t, src, scanner.Options{Confidence: mudlark.Medium})
	if len(got.findings) != 2 || got.summary.Findings != 1 || got.summary.Suppressed[mudlark.ByConfidence] != 1 {
		t.Errorf("got %d findings, summary %+v", len(got.findings), got.summary)
	}
	if all := scan(t, src, scanner.Options{Confidence: mudlark.Low}); all.summary.Findings != 2 {
		t.Errorf("at low confidence: %+v", all.summary)
	}
}

func TestStoppedScansReportWhatTheyFound(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	src := stopAfter{texts{"a": "acme_0a1b2c3d4e5f", "b": "acme_ffffff0a1b2c"}, cancel}
	got := scanCtx(ctx, t, src, scanner.Options{})
	if len(got.findings) != 1 || !got.summary.Incomplete || got.summary.Coverage.Skipped[mudlark.Interrupted] != 1 {
		t.Errorf("got %d findings, %+v", len(got.findings), got.summary)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if got := scanCtx(ctx, t, src.texts, scanner.Options{}); got.summary.Coverage.Skipped[mudlark.TimedOut] != 1 {
		t.Errorf("after the time allowed: %+v", got.summary)
	}
}

// stopAfter stops the scan after its first text.
type stopAfter struct {
	texts
	cancel func()
}

func (s stopAfter) Chunks(ctx context.Context, yield mudlark.Yield) error {
	return s.texts.Chunks(ctx, func(c mudlark.Chunk, err error) error {
		defer s.cancel()
		return yield(c, err)
	})
}

func TestFingerprints(t *testing.T) {
	fingerprint := func(path, text string, key string) string {
		t.Helper()
		got := scan(t, texts{path: text}, scanner.Options{Key: []byte(key)})
		if len(got.findings) != 1 {
			t.Fatalf("%q: %d findings", text, len(got.findings))
		}
		return got.findings[0].Fingerprint
	}
	same := func(what, a, b string, want bool) {
		t.Helper()
		if (a == b) != want {
			t.Errorf("%s: %s and %s", what, a, b)
		}
	}
	token := fingerprint("a", "x acme_0a1b2c3d4e5f", "")
	same("a token moved", token, fingerprint("b", "\n\n  acme_0a1b2c3d4e5f", ""), true)
	same("another token", token, fingerprint("a", "x acme_0a1b2c3d4e50", ""), false)
	same("a token with a key", token, fingerprint("a", "x acme_0a1b2c3d4e5f", "k"), true)

	place := fingerprint("a", "acme-password=kx7wq2zp", "")
	same("another password in the same place", place, fingerprint("a", "acme-password=mv5tr9bd", ""), true)
	same("the same password elsewhere", place, fingerprint("b", "acme-password=kx7wq2zp", ""), false)
	keyed := fingerprint("a", "acme-password=kx7wq2zp", "k")
	same("with a key, elsewhere", keyed, fingerprint("b", "acme-password=kx7wq2zp", "k"), true)
	same("with a key, another password", keyed, fingerprint("a", "acme-password=mv5tr9bd", "k"), false)
	same("with another key", keyed, fingerprint("a", "acme-password=kx7wq2zp", "l"), false)
}

func TestIgnoreFile(t *testing.T) {
	const text = "acme_0a1b2c3d4e5f"
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	fp := scan(t, texts{"a/b.txt": text}, scanner.Options{}).findings[0].Fingerprint
	for _, tt := range []struct {
		line    string
		ignored bool
	}{
		{fp, true},
		{fp + " looked at by ops", true},
		{fp + "\tuntil=2026-06-01", true},
		{fp + " for now until=2026-05-31", false},
		{"# " + fp, false},
		{"a/b.txt:acme-token:1", true},
		{`a\b.txt:acme-token:1`, true},
		{"a/b.txt:acme-token:2", false},
		{"0123456789012345678901234567890123456789:a/b.txt:acme-token:1", false},
		{"v1:acme-token:0000000000000000", false},
	} {
		ignore := new(suppress.Ignore)
		if err := ignore.Read("file", strings.NewReader("\n"+tt.line+"\n")); err != nil {
			t.Fatal(err)
		}
		got := scan(t, texts{"a/b.txt": text}, scanner.Options{Suppress: []suppress.List{ignore}, Now: now})
		by := got.findings[0].Suppression
		if (by.By == mudlark.ByIgnoreFile) != tt.ignored {
			t.Errorf("%q: suppression %+v", tt.line, by)
		}
		if tt.ignored && by.Place != "file:2" {
			t.Errorf("%q: place %q", tt.line, by.Place)
		}
	}
	for _, bad := range []string{"nonsense", "v1:x", fp + " until=tomorrow", "a:b:c"} {
		err := new(suppress.Ignore).Read("my-file", strings.NewReader(bad))
		if !errors.Is(err, suppress.ErrIgnore) || !strings.Contains(err.Error(), `"my-file", line 1`) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

func TestFloodsAreFoldedTheSameWayInAnyOrder(t *testing.T) {
	src := texts{}
	for i := range 40 {
		var b strings.Builder
		for j := range 50 {
			sum := sha256.Sum256([]byte{byte(i), byte(j)})
			fmt.Fprintf(&b, "acme_%x\n", sum[:6])
		}
		src[fmt.Sprintf("f%02d", i)] = b.String()
	}
	opts := scanner.Options{MaxAlike: 30, MaxFindings: 100}
	first := scan(t, src, opts)
	backwards := scan(t, reversed(src), opts)
	if fmt.Sprint(first.summary) != fmt.Sprint(backwards.summary) || fmt.Sprint(first.findings) != fmt.Sprint(backwards.findings) {
		t.Error("the order of content changes what is reported")
	}
	folded := 0
	for _, f := range first.summary.Folds {
		folded += f.Folded
		if f.Kept+f.Folded != 50 {
			t.Errorf("%+v does not add up to 50", f)
		}
	}
	if len(first.findings) != 100 || folded != 40*50-100 {
		t.Errorf("%d reported, %d folded", len(first.findings), folded)
	}
}

// reversed yields texts in the opposite order.
type reversed texts

func (s reversed) Chunks(_ context.Context, yield mudlark.Yield) error {
	var paths []string
	for p := range s {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	slices.Reverse(paths)
	for _, p := range paths {
		if err := texts(s).one(p, yield); err != nil {
			return err
		}
	}
	return nil
}

func TestManySkipsAreSummedUp(t *testing.T) {
	got := scan(t, manySkips(50_000), scanner.Options{})
	total := 0
	for _, s := range got.skips {
		total += max(1, s.Count)
	}
	if len(got.skips) > 1100 || total != 50_000 || got.summary.Coverage.Skipped[mudlark.Missing] != 50_000 {
		t.Errorf("%d skips told, %d in all, summary %v", len(got.skips), total, got.summary.Coverage.Skipped)
	}
}

type manySkips int

func (n manySkips) Chunks(_ context.Context, yield mudlark.Yield) error {
	for i := range int(n) {
		o := mudlark.Origin{Source: "test", Object: fmt.Sprintf("%08d", i)}
		if err := yield(mudlark.Chunk{Origin: o}, mudlark.Skipped(mudlark.Missing, "gone")); err != nil {
			return err
		}
	}
	return nil
}

func TestAFloodNeverHidesWhatCounts(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		sum := sha256.Sum256([]byte{byte(i)})
		fmt.Fprintf(&b, "acme_%x # gitleaks:allow\n", sum[:6])
	}
	b.WriteString("acme_0a1b2c3d4e5f\n")
	got := scan(t, texts{"a": b.String()}, scanner.Options{MaxAlike: 10, MaxFindings: 15})
	if got.summary.Verdict != mudlark.Found || got.summary.Findings != 1 {
		t.Errorf("got %+v", got.summary)
	}
}

func TestAFloodOfWhichAllThatIsListedIsIgnoredIsIncomplete(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		sum := sha256.Sum256([]byte{byte(i)})
		fmt.Fprintf(&b, "acme_%x\n", sum[:6])
	}
	ignore := new(suppress.Ignore)
	opts := scanner.Options{MaxAlike: 10, Suppress: []suppress.List{ignore}}
	for _, f := range scan(t, texts{"a": b.String()}, opts).findings {
		if err := ignore.Read("file", strings.NewReader(f.Fingerprint)); err != nil {
			t.Fatal(err)
		}
	}
	if got := scan(t, texts{"a": b.String()}, opts).summary; got.Verdict != mudlark.Incomplete {
		t.Errorf("got %+v", got)
	}
}

func TestOneSecretInManyPlacesHidesNoOther(t *testing.T) {
	src := texts{"z": "acme_0a1b2c3d4e50"}
	for i := range 300 {
		src[fmt.Sprintf("a%03d", i)] = "acme_0a1b2c3d4e5f"
	}
	opts := scanner.Options{MaxAlike: 20, MaxFindings: 100}
	got := scan(t, src, opts)
	if got.summary.Secrets != 2 || got.summary.Findings != 21 {
		t.Errorf("got %d secrets in %d places", got.summary.Secrets, got.summary.Findings)
	}
	if backwards := scan(t, reversed(src), opts); fmt.Sprint(backwards.summary) != fmt.Sprint(got.summary) {
		t.Error("the order of content changes what is reported")
	}
}
