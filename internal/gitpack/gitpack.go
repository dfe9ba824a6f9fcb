// Package gitpack reads the objects of a git repository: loose ones, packs of
// every kind, and those of alternates. Open gives a Store; Walk visits all
// objects at the speed of the packs, Read fetches one. It promises never to
// pass over damage: each object that an index or a loose file names is either
// given with the content that its id states, or reported. It knows nothing of
// refs, work trees or configuration.
package gitpack

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Options are what may be said of a store.
type Options struct {
	// MaxObjectBytes bounds the size of an object that is read; larger ones
	// give a TooLargeError. 0 sets the bound at 4 GB.
	MaxObjectBytes int64
	// Verify has Read check an object's id every time. Otherwise it does not do
	// so again once it, or a Walk, has found an object of a pack to be right.
	Verify bool
	// Also are further object directories to borrow from, after the alternates: a
	// quarantine, or what the environment of a git program names. One that is
	// not there is passed over.
	Also []string
	// Indexed leaves out packs without an index, which are being written by
	// somebody else or were left half written.
	Indexed bool

	noMap bool // read files piece by piece even where they could be mapped
}

// defaultMaxObjectBytes also bounds what is held to make a smaller object of.
const defaultMaxObjectBytes = min(4<<30, math.MaxInt/2)

// A Store gives the objects of one object directory and its alternates. Many
// goroutines may use it at once; Close waits for none of them.
type Store struct {
	format  Format
	options Options
	packs   []*pack // in the order of their trust: own before alternates'
	loose   []*looseDir
	cache   cache

	listOnce   sync.Once // loose objects are listed
	soundOnce  sync.Once // indexes' checksums are compared
	tableOnce  sync.Once
	tableBuilt atomic.Bool
	table      table

	mu       sync.Mutex
	problems []Problem
	told     map[string]bool // the problems, so that none is told twice
}

// Open opens the object directory of a repository, as ".git/objects". What it
// cannot use it lists as Problems; an error means that there is no object
// directory at all.
func Open(objectDir string, f Format, opts Options) (*Store, error) {
	if opts.MaxObjectBytes <= 0 {
		opts.MaxObjectBytes = defaultMaxObjectBytes
	}
	s := &Store{format: f, options: opts}
	s.cache.limit = cacheBytes
	dirs, err := s.objectDirs(objectDir)
	if err != nil {
		return nil, fmt.Errorf("opening objects: %w", err)
	}
	err = guarded(func() error {
		for _, dir := range dirs {
			s.loose = append(s.loose, &looseDir{root: dir, idSize: f.Size()})
			s.openPacks(dir)
		}
		s.scanPacks()
		return nil
	})
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("opening objects: %w", err)
	}
	return s, nil
}

// Close lets go of all files. Nothing of the store may be used any more.
func (s *Store) Close() error {
	var first error
	for _, p := range s.packs {
		if err := p.Close(); first == nil {
			first = err
		}
	}
	s.packs = nil
	return first
}

// Problems lists the files that could not be used, or not wholly. A Walk may
// add to them, so ask after it.
func (s *Store) Problems() []Problem {
	s.list()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := slices.Clone(s.problems)
	slices.SortStableFunc(found, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Err.Error(), b.Err.Error()))
	})
	return found
}

func (s *Store) problem(path string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := Problem{path, err}
	if s.told[p.Error()] {
		return
	}
	if s.told == nil {
		s.told = make(map[string]bool)
	}
	s.told[p.Error()] = true
	s.problems = append(s.problems, p)
}

// Promisor says whether a pack came from a partial clone, so that objects may
// be missing that the remote promised to send.
func (s *Store) Promisor() bool {
	return slices.ContainsFunc(s.packs, func(p *pack) bool { return p.promisor })
}

// Len returns the number of distinct objects.
func (s *Store) Len() int { return s.objects().count() }

// PackedBytes returns the number of bytes that hold the objects, with a guess for
// loose ones. It is the sum of what a Walk tells Advance.
func (s *Store) PackedBytes() int64 { return s.objects().packed }

// Has says whether the store holds, or at least promises, an object.
func (s *Store) Has(o OID) bool {
	if int(o.size) != s.format.Size() {
		return false
	}
	has := false
	err := guarded(func() error {
		s.copies(o.raw[:o.size], func(copyPlace) bool {
			has = true
			return false
		})
		return nil
	})
	return has || err != nil
}

// Each calls yield with the id of every distinct object, in order, until yield
// returns false.
func (s *Store) Each(yield func(OID) bool) {
	t := s.objects()
	for i := range t.count() {
		if !yield(makeOID(t.id(i))) {
			return
		}
	}
}

// Find lists the objects whose ids begin with prefix, which is hexadecimal.
func (s *Store) Find(prefix string) ([]OID, error) {
	low, err := hex.DecodeString(prefix + "0"[:len(prefix)%2])
	if err != nil || len(low) > s.format.Size() || len(prefix) == 0 {
		return nil, fmt.Errorf("object id %q: not the beginning of an id", prefix)
	}
	s.list()
	prefix = strings.ToLower(prefix)
	var found []OID
	add := func(id []byte) bool {
		o := makeOID(id)
		if o.String()[:len(prefix)] != prefix {
			return false
		}
		found = append(found, o)
		return true
	}
	err = guarded(func() error {
		for _, p := range s.packs {
			x := p.index()
			for i := x.lower(low); i < x.n && add(x.name(i)); i++ {
			}
		}
		for _, d := range s.loose {
			i, _ := d.find(low)
			for ; i < d.count() && add(d.name(i)); i++ {
			}
		}
		return nil
	})
	slices.SortFunc(found, OID.Compare)
	return slices.Compact(found), err
}
