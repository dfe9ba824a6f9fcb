package verifiers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// A Cache remembers answers on disk for a while. It keeps no secret: answers
// are found by a hash under a key of its own. Many goroutines may use it at
// once.
type Cache struct {
	folder   string
	key      []byte
	lifetime time.Duration
	now      func() time.Time

	mu    sync.Mutex
	known map[string]mudlark.Verification
	dirty bool
}

const (
	cacheKeyFile = "key"
	cacheFile    = "answers.json"
	maxCacheFile = 64 << 20
)

// OpenCache opens the cache in a folder, which it makes if need be. Answers
// older than lifetime are forgotten. What cannot be read is as if it were not
// there.
func OpenCache(folder string, lifetime time.Duration, now func() time.Time) (*Cache, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("verification cache: %w", err)
	}
	if info, err := os.Stat(folder); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("verification cache: others may write to %q: take that right from them", folder)
	}
	c := &Cache{folder: folder, lifetime: lifetime, now: now, known: map[string]mudlark.Verification{}}
	if err := c.readKey(); err != nil {
		return nil, fmt.Errorf("verification cache: %w", err)
	}
	c.known = c.read()
	return c, nil
}

// read returns what is on disk.
func (c *Cache) read() map[string]mudlark.Verification {
	known := map[string]mudlark.Verification{}
	text, err := readSmall(filepath.Join(c.folder, cacheFile), maxCacheFile)
	if err == nil && json.Unmarshal(text, &known) != nil || known == nil {
		return map[string]mudlark.Verification{}
	}
	return known
}

// readKey reads the key, or makes one.
func (c *Cache) readKey() error {
	path := filepath.Join(c.folder, cacheKeyFile)
	key, err := readSmall(path, sha256.Size)
	if err == nil && len(key) == sha256.Size {
		c.key = key
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c.key = make([]byte, sha256.Size)
	_, _ = rand.Read(c.key) // it never fails
	err = write(path, c.key, os.Link)
	if errors.Is(err, fs.ErrExist) { // another run was faster
		c.key, err = readSmall(path, sha256.Size)
	}
	return err
}

// write writes a file as a whole or not at all: beside its place, from which put
// brings it there. os.Link puts it only where no file is, os.Rename in place of one.
func write(path string, text []byte, put func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // after os.Rename it is not there any more
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return put(f.Name(), path)
}

func readSmall(path string, most int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%s is no file of a cache", filepath.Base(path))
	}
	return os.ReadFile(path)
}

func (c *Cache) name(question [sha256.Size]byte) string {
	h := hmac.New(sha256.New, c.key)
	h.Write(question[:])
	return hex.EncodeToString(h.Sum(nil))
}

// get returns the answer to a question, if it is known and young enough.
func (c *Cache) get(question [sha256.Size]byte) (mudlark.Verification, bool) {
	if c == nil {
		return mudlark.Verification{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.known[c.name(question)]
	if !ok || !c.young(v) {
		return mudlark.Verification{}, false
	}
	v.Cached = true
	return v, true
}

// young reports whether an answer still holds. One from the future does not.
func (c *Cache) young(v mudlark.Verification) bool {
	age := c.now().Sub(v.At)
	return -time.Minute < age && age < c.lifetime && (v.Status == mudlark.Active || v.Status == mudlark.Inactive)
}

func (c *Cache) put(question [sha256.Size]byte, v mudlark.Verification) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[c.name(question)] = v
	c.dirty = true
}

// forget drops the answer to a question.
func (c *Cache) forget(question [sha256.Size]byte) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[c.name(question)] = mudlark.Verification{At: c.now()}
	c.dirty = true
}

// Save writes what is known to disk, with what other runs wrote meanwhile, old
// answers left out.
func (c *Cache) Save() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dirty {
		return nil
	}
	for name, v := range c.read() {
		if own, ok := c.known[name]; !ok || v.At.After(own.At) {
			c.known[name] = v
		}
	}
	maps.DeleteFunc(c.known, func(_ string, v mudlark.Verification) bool { return !c.young(v) })
	text, err := json.Marshal(c.known)
	if err != nil {
		return err
	}
	return write(filepath.Join(c.folder, cacheFile), text, os.Rename)
}

// recall answers from the cache what it knows.
func (p *Pool) recall(plan *Plan) {
	for _, q := range plan.questions {
		if q.held != "" {
			continue
		}
		if v, ok := p.opts.Cache.get(q.key); ok {
			q.answer = v
		}
	}
}
