package git

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// A memory knows what earlier scans read, and gathers what the next one is to
// know. A nil memory knows nothing and gathers nothing. Many goroutines may use
// it at once.
type memory struct {
	base  *base
	path  string
	rules string // identifies all that decides what is found
	began time.Time
	last  *state // nil: everything is scanned

	lasting atomic.Bool // what is skipped now is not looked for again by the next scan
	ended   atomic.Bool // everything was read, or skipped

	mu        sync.Mutex
	failed    map[gitpack.OID]bool // objects that were named and perhaps could not be read
	unscanned map[mudlark.Reason]int
	absent    map[string]bool // large files that were named and not at hand
}

// remembering gives b a memory.
func (b *base) remembering() error {
	path := b.opts.SinceState
	if err := b.outside(path); err != nil {
		return err
	}
	rules, err := b.rules()
	if err != nil {
		return err
	}
	m := &memory{
		base: b, path: path, rules: rules, began: time.Now().UTC(),
		failed: map[gitpack.OID]bool{}, unscanned: map[mudlark.Reason]int{}, absent: map[string]bool{},
	}
	last, err := readState(path, m.rules, b.store, b.format)
	if err != nil {
		return err
	}
	b.split.Stored = m.stored
	b.memory = m
	if last != nil {
		m.recall(last)
	}
	return nil
}

// outside returns an error if a state is a file of the repository or of one of its
// submodules, so that who sends in a change could say of it that it was scanned.
func (b *base) outside(path string) error {
	if b.repo.WorkTree == "" {
		return nil
	}
	if inside, err := b.within([]string{path}); err == nil {
		index, _ := b.repo.Index() // Chunks tells of the problems
		for i := range index.Entries {
			e := &index.Entries[i]
			submodule := kindOf(e.Mode) == kindModule && strings.HasPrefix(inside[0], e.Path+"/")
			if e.Path == inside[0] || submodule {
				return fmt.Errorf("state %q: this is a file of the repository itself, so that who changes it there decides "+
					"what is scanned: keep the state outside, or in %s", path, b.place(b.repo.CommonDir))
			}
		}
	}
	return nil
}

// rules identifies all that decides what is found.
func (b *base) rules() (string, error) {
	outside := ""
	if b.env.Rules != nil {
		var err error
		if outside, err = b.env.Rules(); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal([]any{outside, b.opts.Limits})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// recall takes over what the last scan left, unless it is of no use.
func (m *memory) recall(last *state) {
	when := moment(last.When)
	switch {
	case last.Rules != m.rules:
		m.base.note("The rules or options are not those of the scan of %s, so everything was scanned again.", when)
	case last.known == 0:
		m.base.note("The scan of %s read none of the objects that are here, so everything was scanned.", when)
	case slices.ContainsFunc(last.unread, m.readable) || slices.ContainsFunc(last.large, m.atHand):
		m.base.note("Content that the scan of %s could not read is here now, so everything was scanned again.", when)
	default:
		m.base.note("Of the objects, %d are known from the scan of %s; what was found in them then is not reported again.", last.known, when)
		m.last = last
	}
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func (m *memory) readable(id gitpack.OID) bool {
	if !m.base.store.Has(id) {
		return false
	}
	_, err := m.base.store.Read(id, nil)
	return err == nil
}

func (m *memory) atHand(large string) bool {
	return m.base.lfs.has(split.Pointer{Hash: "sha256", OID: large})
}

// stored is split.Splitter's: it says whether a large file is at hand.
func (m *memory) stored(p split.Pointer) bool {
	if m.base.lfs.has(p) {
		return true
	}
	if id, err := hex.DecodeString(p.OID); err == nil && len(id) == sha256.Size {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.absent[strings.ToLower(p.OID)] = true
	}
	return false
}

// asked says what is scanned, if that is not everything.
func (m *memory) asked() string {
	if m == nil || m.last == nil {
		return ""
	}
	return fmt.Sprintf("what came in since the scan of %s, by %s", moment(m.last.When), filepath.ToSlash(m.path))
}

// many reports whether so much is new that reading all of the repository the
// usual way is faster than fetching one object after the other.
func (m *memory) many() bool {
	least, share := m.base.opts.manyNew, 0
	if least == 0 {
		least, share = 1000, m.last.known/manyShare
	}
	return len(m.last.fresh) > max(least, share)
}

const manyShare = 30

// new reports whether an object was not scanned before.
func (m *memory) new(id gitpack.OID) bool {
	_, ok := slices.BinarySearchFunc(m.last.fresh, id, gitpack.OID.Compare)
	return ok
}

// answered returns of how many of n objects a report tells what was found.
func (m *memory) answered(n int) int {
	if m == nil || m.last == nil {
		return n
	}
	return len(m.last.fresh)
}

// news drops findings of which an earlier scan has told: what known commits
// introduced, and what is in known objects that no commit has.
func (m *memory) news(found []mudlark.Finding) []mudlark.Finding {
	if m == nil || m.last == nil {
		return found
	}
	return slices.DeleteFunc(found, func(f mudlark.Finding) bool {
		object := f.Origin.Object
		if f.Origin.Commit != nil {
			object = f.Origin.Commit.ID
		}
		id, err := m.base.format.Parse(object)
		return err == nil && !m.new(id)
	})
}

// A step is a part of reading a repository.
type step struct {
	run func(context.Context, mudlark.Yield) error
	// lasting says that the next scan does not do this again, so that it has to be
	// told what was skipped.
	lasting bool
}

// take takes the steps. A nil memory does so, too.
func (m *memory) take(ctx context.Context, yield mudlark.Yield, steps []step) error {
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if m != nil {
			m.lasting.Store(s.lasting)
		}
		if err := s.run(ctx, yield); err != nil {
			return err
		}
	}
	if m != nil {
		m.lasting.Store(false)
		m.ended.Store(true)
	}
	return nil
}

// fail notes an object that was named and perhaps could not be read.
func (m *memory) fail(id gitpack.OID) {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.failed[id] = true
	}
}

// carry takes over from the last scan what holds on because nothing was done
// about it.
func (m *memory) carry(last *state) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for reason, n := range last.Unscanned {
		m.unscanned[reason] += n
	}
	for _, id := range last.large {
		m.absent[id] = true
	}
}

// Skipped implements mudlark.Rememberer.
func (b *base) Skipped(s mudlark.Skip) {
	m := b.memory
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.Origin.Labels[labelLFS] == "" {
		switch s.Reason {
		case mudlark.Corrupt, mudlark.Missing, mudlark.Promised:
			if id, err := m.base.format.Parse(s.Origin.Object); err == nil {
				m.failed[id] = true
				return
			}
		}
	}
	if m.lasting.Load() {
		m.unscanned[s.Reason] += max(1, s.Count)
	}
}

// Remember implements mudlark.Rememberer: it writes the state, if all of what
// there is was read or skipped.
func (b *base) Remember(s mudlark.Summary) error {
	m := b.memory
	if m == nil {
		return nil
	}
	cut := s.Failure != "" || s.Coverage.Skipped[mudlark.Interrupted]+s.Coverage.Skipped[mudlark.TimedOut] > 0
	if cut || !m.ended.Load() {
		b.env.Logger().Warn("the scan was cut short, so its state was not written", "state", m.path)
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	w := stateWriter{store: b.store, large: m.absent, head: stateHead{
		Rules: m.rules, Format: b.format.String(), When: m.began, Unscanned: m.unscanned,
	}}
	for id := range m.failed {
		if m.readable(id) {
			m.unscanned[mudlark.Corrupt]++ // it can be read, and not be understood
		} else {
			w.unread = append(w.unread, id)
		}
	}
	return w.replace(m.path)
}
