package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
	"github.com/mudlark-scan/mudlark/suppress"
)

// scan finds what is in the history, if there is one, and in the files as they are.
func (m *migration) scan(ctx context.Context, engine *detectors.Engine) ([]mudlark.Finding, error) {
	ctx, stop := interruptible(ctx, 0)
	defer stop()
	var found []mudlark.Finding
	bare := false
	if sources.IsRepository(m.root) {
		more, err := m.scanWith(ctx, engine, "git")
		if err != nil {
			return nil, err
		}
		found = more
		bare = !exists(m.own(".git")) && exists(m.own("objects"))
	}
	if bare {
		return found, nil
	}
	more, err := m.scanWith(ctx, engine, "dir")
	return append(found, more...), err
}

func (m *migration) scanWith(ctx context.Context, engine *detectors.Engine, name string) ([]mudlark.Finding, error) {
	kind, err := sources.Find(name)
	if err != nil {
		return nil, err
	}
	opts := kind.New()
	if err := opts.Args([]string{m.root}); err != nil {
		return nil, err
	}
	s := &scan{app: m.app, kind: kind, source: opts, flags: m.flags, command: "mudlark migrate"}
	bar := s.progress()
	defer bar.stop()
	src, done, err := opened(opts.Open(ctx, s.env(bar)))
	if err != nil {
		return nil, err
	}
	defer done()
	if name == "dir" {
		src = below{src, filepath.ToSlash(filepath.Clean(m.root)) + "/"}
	}
	const all = 10_000_000 // what is folded away would not be known
	var told scanner.Recording
	summary, err := scanner.New(engine, scanner.Options{
		Run: mudlark.Run{Tool: tool(), Source: name, Target: m.root}, Confidence: mudlark.Low, Now: m.now,
		Key: []byte(m.sys.getenv("MUDLARK_KEY")), Accept: natural(), MaxAlike: all, MaxFindings: all,
	}).Scan(ctx, src, &told)
	bar.stop()
	if err == nil && summary.Incomplete {
		m.unread = true
		m.notes = append(m.notes, fmt.Sprintf("not everything was read, so what is said to match nothing may match something; `mudlark %s` says what is missing", name))
	}
	return told.Findings, err
}

// below is a source whose paths begin in a folder, as if it were the current one.
type below struct {
	mudlark.Source
	folder string
}

// Chunks implements mudlark.Source.
func (b below) Chunks(ctx context.Context, yield mudlark.Yield) error {
	return b.Source.Chunks(ctx, func(c mudlark.Chunk, err error) error {
		c.Origin.Path = strings.TrimPrefix(c.Origin.Path, b.folder)
		c.Paths = slices.Clone(c.Paths)
		for i := range c.Paths {
			c.Paths[i] = strings.TrimPrefix(c.Paths[i], b.folder)
		}
		return yield(c, err)
	})
}

// countsIn reports whether a scan without options would tell of a finding.
func countsIn(f *mudlark.Finding, set *rules.Set) bool {
	r := set.Rule(f.RuleID)
	return f.Counts() && f.Confidence >= mudlark.Medium && (r == nil || r.Set == "")
}

// A match is what the lists say of one fingerprint.
type match struct {
	carried
	by      []*input                   // the first gives the reason
	secrets map[mudlark.Sensitive]bool // that they are about
	rule    string
}

// matching gathers what the lists say.
type matching struct {
	of    map[string]*match
	order []*match
}

func (all *matching) take(f *mudlark.Finding, in *input, reason string) {
	t := all.of[f.Fingerprint]
	if t == nil {
		t = &match{carried: carried{fingerprint: f.Fingerprint, reason: reason}, secrets: map[mudlark.Sensitive]bool{}, rule: f.RuleID}
		all.of[f.Fingerprint] = t
		all.order = append(all.order, t)
	}
	if !slices.Contains(t.by, in) {
		t.by = append(t.by, in)
	}
	t.secrets[f.Secret] = true
}

// match asks all lists about all that was found, and gathers the fingerprints of
// what they know. The files of other tools may hold secrets themselves: these are
// none that an entry is still needed for, and must not come up because of them.
func (m *migration) match(found []mudlark.Finding, set *rules.Set) {
	all := &matching{of: map[string]*match{}}
	m.secrets = map[mudlark.Sensitive]bool{}
	ours := map[string]bool{}
	for _, in := range m.inputs {
		if path, err := filepath.Rel(m.root, in.path); err == nil {
			ours[filepath.ToSlash(path)] = true
		}
	}
	for i := range found {
		f := &found[i]
		m.secrets[f.Secret] = true
		if !ours[f.Origin.Path] {
			m.inquire(f, set, all, false)
		}
	}
	m.follow(found, all)
	for _, in := range m.inputs {
		m.stale(in)
	}
	for i := range found {
		if f := &found[i]; ours[f.Origin.Path] && countsIn(f, set) {
			m.inquire(f, set, all, true)
		}
	}
	m.settle(all.order, found, set)
}

// inquire asks all lists about one finding. Of one inside of another tool's file
// nothing need be known if its fingerprint is.
func (m *migration) inquire(f *mudlark.Finding, set *rules.Set, all *matching, inside bool) {
	if inside && all.of[f.Fingerprint] != nil {
		return
	}
	for _, in := range m.inputs {
		if in.list == nil {
			continue
		}
		by, ok := in.list.Find(f, m.now)
		switch {
		case !ok || by.By == "" || f.Suppression.By == mudlark.ByAllowlist: // open, or an allowlist covers it
		case by.Reason == suppress.Excluded+"file" || by.Reason == suppress.Excluded+"line": // so will one
		case strings.HasPrefix(by.Reason, suppress.LeftOut) && !countsIn(f, set):
		default:
			all.take(f, in, m.reason(in, by))
		}
	}
}

// reason says where a fingerprint comes from.
func (m *migration) reason(in *input, by mudlark.Suppression) string {
	words := []string{"migrated from " + by.Place}
	if by.Reason != "" && !strings.HasPrefix(by.Reason, "migrated from") {
		words = append(words, by.Reason)
	}
	text := strings.ReplaceAll(strings.Join(words, ", "), "until=", "until ")
	for _, e := range in.list.Entries() {
		if !e.Until.IsZero() && e.Place() == by.Place {
			text += " until=" + e.Until.Format(time.DateOnly)
		}
	}
	return text
}

// entry is the text of the entry of a file of places that a reason names.
func (in *input) entry(reason string) string {
	if in.kind != ignoreInput {
		return ""
	}
	for _, e := range in.list.Entries() {
		if reason == "migrated from "+e.Place() {
			return e.Text
		}
	}
	return ""
}

// follow looks for what stands now where an entry of a generic rule found
// something: another rule of ours may know it better.
func (m *migration) follow(found []mudlark.Finding, all *matching) {
	type where struct {
		path, commit string
		line         int
	}
	at := map[where][]*mudlark.Finding{}
	for i := range found {
		f := &found[i]
		if f.Suppression.By == mudlark.ByAllowlist {
			continue
		}
		w := where{f.Origin.Path, "", f.Position.StartLine}
		at[w] = append(at[w], f)
		if f.Origin.Commit != nil {
			w.commit = f.Origin.Commit.ID
			at[w] = append(at[w], f)
		}
	}
	for _, in := range m.inputs {
		if in.kind != ignoreInput || in.list == nil {
			continue
		}
		entries := in.list.Entries()
		for k := range entries {
			e := &entries[k]
			if e.Hidden > 0 || !e.Positional || !strings.Contains(e.Rule, "generic") {
				continue
			}
			w := where{}
			place := strings.TrimSuffix(e.Text, e.Text[strings.LastIndexByte(e.Text, ':'):])
			w.line, _ = strconv.Atoi(e.Text[strings.LastIndexByte(e.Text, ':')+1:])
			w.path = strings.TrimSuffix(place, ":"+e.Rule)
			if commit, path, ok := strings.Cut(w.path, ":"); ok && (len(commit) == 40 || len(commit) == 64) {
				w.commit, w.path = commit, path
			}
			there := at[w]
			if len(there) == 0 || slices.ContainsFunc(there, func(f *mudlark.Finding) bool { return f.Secret != there[0].Secret }) {
				continue // nothing, or it is not clear what is meant
			}
			e.Hidden++
			for _, f := range there {
				all.take(f, in, "migrated from "+e.Place())
			}
		}
	}
}

// settle decides which fingerprints are written. One that names a place, as there
// is no key, must not hide a value that nobody decided about.
func (m *migration) settle(order []*match, found []mudlark.Finding, set *rules.Set) {
	others := map[string]map[mudlark.Sensitive]bool{}
	for i := range found {
		f := &found[i]
		if !countsIn(f, set) {
			continue
		}
		if others[f.Fingerprint] == nil {
			others[f.Fingerprint] = map[mudlark.Sensitive]bool{}
		}
		others[f.Fingerprint][f.Secret] = true
	}
	keyless := m.sys.getenv("MUDLARK_KEY") == ""
	guessable := 0
	for _, t := range order {
		for secret := range t.secrets {
			delete(others[t.fingerprint], secret)
		}
		if entry := t.by[0].entry(t.reason); len(others[t.fingerprint]) > 0 && entry != "" {
			m.prints = append(m.prints, carried{fingerprint: entry, place: t.reason})
			m.notes = append(m.notes, fmt.Sprintf("%s: it goes on naming a place, as without MUDLARK_KEY a fingerprint would hide another secret as well: set the key, and migrate again", entry))
			continue
		}
		if len(others[t.fingerprint]) > 0 {
			m.stays(t.by[0], strings.TrimPrefix(t.reason, "migrated from "), t.fingerprint,
				"without MUDLARK_KEY it would hide another secret as well, at the same place: set the key, and migrate again")
			continue
		}
		for _, in := range t.by {
			in.made++
		}
		m.prints = append(m.prints, t.carried)
		if r := set.Rule(t.rule); keyless && r != nil && r.Guessable {
			guessable++
		}
	}
	if guessable > 0 {
		m.notes = append(m.notes, fmt.Sprintf("%d of the fingerprints are of secrets that can be guessed, and name places: what comes to stand there is hidden too, and a renamed file is not. "+
			"Set MUDLARK_KEY and migrate again to name the secrets, see doc/fingerprints.md", guessable))
	}
}

// stale lists the entries of a file that match nothing any more.
func (m *migration) stale(in *input) {
	if in.list == nil {
		return
	}
	for _, e := range in.list.Entries() {
		if e.Hidden > 0 {
			in.used++
		}
		switch {
		case e.Open && e.Hidden > 0:
			m.notes = append(m.notes, fmt.Sprintf("%s  %s: somebody audited it as real, so it counts: revoke it", e.Place(), e.Text))
		case strings.HasPrefix(e.Reason, suppress.Excluded): // an allowlist
		case e.Expired(m.now):
			m.lost = append(m.lost, fmt.Sprintf("%s  %s (it ended %s)", e.Place(), e.Text, e.Until.Format(time.DateOnly)))
		case e.Hidden == 0:
			m.lost = append(m.lost, e.Place()+"  "+e.Text)
		}
	}
}

// checkFiles finds the files whose content still is what was looked at.
func (m *migration) checkFiles(in *input, sums []suppress.FileSum) {
	root, err := os.OpenRoot(m.root)
	if err != nil {
		m.stays(in, in.shown, "", err.Error())
		return
	}
	defer root.Close()
	places, known := map[string]string{}, map[string]fileSum{}
	for _, s := range sums {
		path := filepath.Clean(filepath.FromSlash(s.Path))
		file, ok := known[path]
		if !ok { // a list may name one often
			file = sumIn(root, path)
			known[path] = file
		}
		switch err := file.err; {
		case err != nil:
			m.lost = append(m.lost, fmt.Sprintf("%s  %s: the file cannot be read: %v", s.Place, s.Path, cause(err)))
		case !slices.Contains(checksums(s.Path, file.sum), s.Sum):
			m.lost = append(m.lost, fmt.Sprintf("%s  %s: the file has changed since it was looked at", s.Place, s.Path))
		default:
			places[filepath.ToSlash(filepath.Clean(s.Path))] = s.Place
		}
	}
	if len(places) > 0 {
		files := suppress.InFiles(in.shown, places)
		if in.list == nil {
			in.list = files
			return
		}
		in.list = both{in.list, files}
	}
}

// fileSum is the SHA-256 of a file, or why there is none.
type fileSum struct {
	sum string
	err error
}

func sumIn(root *os.Root, path string) fileSum {
	const most = 64 << 20
	info, err := root.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return fileSum{err: err}
	}
	f, err := root.Open(path)
	if err != nil {
		return fileSum{err: err}
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(f, most+1))
	if n > most {
		err = fmt.Errorf("it is larger than %d MB", most>>20)
	}
	return fileSum{hex.EncodeToString(hash.Sum(nil)), err}
}

// checksums are talisman's of one file, and the plain one.
func checksums(path, content string) []string {
	sum := func(text string) string {
		s := sha256.Sum256([]byte(text))
		return hex.EncodeToString(s[:])
	}
	return []string{sum(sum("") + content + sum(path)), content}
}

// both is two lists as one.
type both struct{ first, second suppress.List }

// Find implements suppress.List.
func (b both) Find(f *mudlark.Finding, now time.Time) (mudlark.Suppression, bool) {
	return suppress.Find([]suppress.List{b.first, b.second}, f, now)
}

// Entries implements suppress.List.
func (b both) Entries() []suppress.Entry {
	return append(slices.Clone(b.first.Entries()), b.second.Entries()...)
}
